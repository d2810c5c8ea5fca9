"""The ticket on a phone, and passes for wallets."""
