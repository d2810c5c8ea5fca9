"""Words and looks: translations, pages, drawn slips and tickets."""
