"""From a likelihood to draws of its parameters, with what says whether to believe them."""
