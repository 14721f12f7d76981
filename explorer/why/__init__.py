"""Why a tap gets a frame or does not: a case run by the model, or this machine read."""
