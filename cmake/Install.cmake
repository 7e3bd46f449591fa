# What `make install` and `make deb` deliver: the program, its man pages, its completions.
include(GNUInstallDirs)

install(TARGETS outlast RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")

file(GLOB man_pages CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/man/*.1")
install(FILES ${man_pages} DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")

# outlast_completion(SHELL FOLDER NAME): install a shell's completion, as the program prints it, under
# the name that the shell looks for.
function(outlast_completion shell folder name)
    set(script "${PROJECT_BINARY_DIR}/completions/outlast.${shell}")
    add_custom_command(TARGET outlast POST_BUILD
        COMMAND "$<TARGET_FILE:outlast>" completion ${shell} > "${script}")
    install(FILES "${script}" DESTINATION "${CMAKE_INSTALL_DATADIR}/${folder}" RENAME "${name}")
endfunction()
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/completions")
outlast_completion(bash bash-completion/completions outlast)
outlast_completion(zsh zsh/site-functions _outlast)
outlast_completion(fish fish/vendor_completions.d outlast.fish)

# Off until somebody enables it.
configure_file("${PROJECT_SOURCE_DIR}/packaging/outlast-sessions.service.in"
               "${PROJECT_BINARY_DIR}/outlast-sessions.service" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/outlast-sessions.service" DESTINATION lib/systemd/system)

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/packaging/copyright"
        DESTINATION "${CMAKE_INSTALL_DOCDIR}")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "outlast")
set(CPACK_PACKAGE_CONTACT "outlast maintainers <maintainers@outlast.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
include(CPack)
