export APP_TAG=2.1.0
