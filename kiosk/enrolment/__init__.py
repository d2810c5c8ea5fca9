"""Enrolment begun by the person at the kiosk, to be finished at the desk (R2.1, R2.2).

What somebody types lives in memory alone, in one `Draft`, and is forgotten with the screen: it is
in no file, no log and no table of this station (threats 17, 21, 22).
"""
