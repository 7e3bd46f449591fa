# The libraries outlast is built with; docs/dependencies.md says why each is there.
#
# All of them are headers in the compiler's default path, so a layer could include one that it may
# not use. Against that, a layer gets, for each library it does not name, a folder in front of the
# default path whose headers are an #error. <iostream> and <regex> are kept out of all layers: the
# program is one binary, and a resident process pays for every static initialiser in it.
set(OUTLAST_LIBRARIES fmt json toml)
set(OUTLAST_HEADERS_fmt fmt/args.h fmt/chrono.h fmt/color.h fmt/compile.h fmt/core.h fmt/format.h
    fmt/format-inl.h fmt/os.h fmt/ostream.h fmt/printf.h fmt/ranges.h fmt/std.h fmt/xchar.h)
set(OUTLAST_HEADERS_json nlohmann/json.hpp nlohmann/json_fwd.hpp)
set(OUTLAST_HEADERS_toml toml++/toml.h toml++/toml.hpp)
set(OUTLAST_HEADERS_nowhere iostream regex)

foreach(library IN LISTS OUTLAST_LIBRARIES ITEMS nowhere)
    foreach(header IN LISTS OUTLAST_HEADERS_${library})
        file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/include/forbidden/${library}/${header}"
             CONTENT "#error \"<${header}> may not be used in this layer, see CMakeLists.txt\"\n")
    endforeach()
endforeach()

# outlast_require(HEADER PACKAGE): stop here, not in the middle of the build, when a library is missing.
function(outlast_require header package)
    string(MAKE_C_IDENTIFIER "OUTLAST_FOUND_${header}" found)
    find_path(${found} "${header}")
    mark_as_advanced(${found})
    if(NOT ${found})
        message(FATAL_ERROR "<${header}> is missing. On Debian: make deps (or apt-get install ${package})")
    endif()
endfunction()

outlast_require(tl/expected.hpp libexpected-dev)

# fmt: Debian has a shared library only, so src/text/fmt_instance.cpp is the static one. Numbers are
# never formatted for a locale; without that part, std::locale stays out of the program.
outlast_require(fmt/format-inl.h libfmt-dev)
add_library(outlast_lib_fmt INTERFACE)
target_compile_definitions(outlast_lib_fmt INTERFACE FMT_STATIC_THOUSANDS_SEPARATOR=',')

outlast_require(nlohmann/json.hpp nlohmann-json3-dev)
add_library(outlast_lib_json INTERFACE)
target_compile_definitions(outlast_lib_json INTERFACE JSON_NO_IO=1)

# toml++: parsed from memory, numbers through <charconv>; otherwise it brings in the whole of iostreams.
outlast_require(toml++/toml.h libtomlplusplus-dev)
add_library(outlast_lib_toml INTERFACE)
target_compile_definitions(outlast_lib_toml INTERFACE
    TOML_HEADER_ONLY=1 TOML_ENABLE_FORMATTERS=0 TOML_EXCEPTIONS=0 TOML_ENABLE_WINDOWS_COMPAT=0
    TOML_FLOAT_CHARCONV=1)
