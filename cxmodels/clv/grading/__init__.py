"""Earlier forecasts beside what came."""
