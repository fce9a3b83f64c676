"""What settings of rendering choose between, for those who render nothing."""

#: How photos are interpolated.
SAMPLINGS = ("bicubic", "bilinear")
#: Whether fine detail is as blending leaves it, or as strong as in the photos.
DETAILS = ("plain", "level")
