"""The four treasury modes, one file and one class each; plug-ins like anyone's."""
