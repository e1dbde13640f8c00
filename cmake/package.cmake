# The Debian package: script/package makes it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME krunbook)
set(CPACK_PACKAGE_VENDOR "krunbook authors")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "krunbook authors <krunbook@krunbook.invalid>")
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libedit2") # which is loaded, not linked: cli/editline.h
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "kubernetes-client, lua-check")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"krunbook works through the steps that an experienced person would when a pod
does not run, a Service or an Ingress does not answer, and says what it found:
the cause, since when, the line of evidence that decided it, and what to paste
next. The steps are runbooks: short Lua files to read, copy and change.
.
It only reads, and cannot change a cluster. Reports come as text, JSON, HTML,
JUnit, SARIF and more. It is a plugin of kubectl, too.")
include(CPack)
