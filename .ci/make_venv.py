"""Make `.venv`, or say in one sentence what this machine lacks; runs on any Python 3, however old."""

import sys

OLDEST, NEWEST = (3, 11), (3, 14)
VENV_DIR = ".venv"


def what_is_missing(version, has_ensurepip):
    """Say what to do before an environment can be made here, or nothing."""
    found = "%d.%d" % version  # noqa: UP031
    if not OLDEST <= version <= NEWEST:
        return (
            "dat needs Python 3.11, 3.12, 3.13 or 3.14, and this is Python %s (%s).\n"  # noqa: UP031
            "Install one with its venv package, then name it, for instance:\n"
            "    sudo apt install python3.11 python3.11-venv\n"
            "    make PYTHON=python3.11 demo" % (found, sys.executable)
        )
    if not has_ensurepip:
        return (
            "This Python %s (%s) cannot make a virtual environment. On Debian or Ubuntu:\n"  # noqa: UP031
            "    sudo apt install python%s-venv      (or: python3-venv)" % (found, sys.executable, found)
        )
    return ""


def has_ensurepip():
    """Debian ships `venv` without `ensurepip` unless the venv package is installed."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def main():
    """Make the environment."""
    problem = what_is_missing(tuple(sys.version_info[:2]), has_ensurepip())
    if problem:
        sys.exit(problem)
    import venv

    venv.create(VENV_DIR, symlinks=True, with_pip=True)


if __name__ == "__main__":
    main()
