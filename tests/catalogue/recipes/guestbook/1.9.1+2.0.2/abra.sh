export APP_TAG=2.0.2
