"""The photo of a new reader (R2.2): faces found, judged and cropped to 3x4.

`judge` says of one picture what a photographer would, `session` takes a person from the first
look through the camera to the accepted photo. Nothing here ever asks who it is.
"""
