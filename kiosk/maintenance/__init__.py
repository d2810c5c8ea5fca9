"""The technician's side of a station: who may enter, what there is to see and to try."""
