"""What the library tells its director, its founder and the state: counts over a period.

Every report is a table of codes and numbers; words and charts come at the edge. Staff are left out
(E41), visits that did not pass the lane too. No report but the list of overdue documents names
anybody, and none tells who read what (R5.2.10).
"""
