# Joining, signing in, profiles, settings, administration.
