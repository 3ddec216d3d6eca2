"""When, how and why a GAN collapses as it trains: the library behind the workflow."""
