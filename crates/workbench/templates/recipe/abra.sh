# shellcheck shell=sh
# The versions of configs: configs in swarm never change, so whoever edits such a file counts its version up here.
# export APP_CONF_VERSION=v1

# Functions here can be run in a service's container: `allot app cmd DOMAIN SERVICE FUNCTION`.
