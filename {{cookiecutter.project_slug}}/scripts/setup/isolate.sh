# shellcheck shell=sh
# isolate.sh, to be sourced: drops the variables that could lead Python, pip, uv, DVC or Git to another
# environment or repository. Those that say how to reach a package index stay.
for name in $(env | sed -n 's/^\([A-Z_][A-Z0-9_]*\)=.*/\1/p'); do
    case $name in
        *INDEX* | *FIND_LINKS | *CERT* | *TLS* | *PROXY | *HOST* | *CACHE* | *CONFIG_FILE | *NO_CONFIG | *OFFLINE) ;;
        *KEYRING* | *AUTH* | *RETRIES | *TIMEOUT | *CONCURRENT* | *LINK_MODE | PYTHONDONTWRITEBYTECODE) ;;
        PIP_* | UV_* | PYTHON* | CONDA_* | VIRTUAL_ENV | __PYVENV_LAUNCHER__) unset "$name" ;;
    esac
done
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_OBJECT_DIRECTORY GIT_PREFIX
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONNOUSERSITE=1
