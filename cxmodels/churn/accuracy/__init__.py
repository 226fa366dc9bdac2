"""How well a model told what came: discrimination and calibration, under censoring."""
