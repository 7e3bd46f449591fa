# Layers: a folder under src/ is a static library that sees only the layers it may use.
#
# Includes are written relative to src/ ("sys/unique_fd.hpp"). So that this cannot reach every
# folder, each layer has an include root of its own, <build>/include/<layer>/, which holds nothing
# but a link <layer> -> src/<layer>. A layer exposes its root, and with it those of its DEPENDS.

# outlast_forbid_libraries(TARGET [LIBRARY...]): all libraries but the named ones are kept out of it.
function(outlast_forbid_libraries target)
    set(forbidden nowhere ${OUTLAST_LIBRARIES})
    list(REMOVE_ITEM forbidden ${ARGN})
    list(TRANSFORM forbidden PREPEND "${PROJECT_BINARY_DIR}/include/forbidden/")
    target_include_directories(${target} BEFORE PRIVATE ${forbidden})
endfunction()

# outlast_own_code(TARGET): the warnings, and clang-tidy again when its settings change.
function(outlast_own_code target)
    target_link_libraries(${target} PRIVATE outlast_warnings)
    if(CMAKE_CXX_CLANG_TIDY)
        get_target_property(sources ${target} SOURCES)
        set_property(SOURCE ${sources} TARGET_DIRECTORY ${target} APPEND PROPERTY
                     OBJECT_DEPENDS "${PROJECT_SOURCE_DIR}/.clang-tidy")
    endif()
endfunction()

# outlast_layer(NAME [DEPENDS LAYER...] [LIBS LIBRARY...]): the layer src/NAME as the target
# outlast_NAME. LIBS are the libraries its own files may include. A layer without any .cpp is
# headers only.
function(outlast_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "DEPENDS;LIBS")
    set(target outlast_${name})
    set(root "${PROJECT_BINARY_DIR}/include/${name}")
    list(TRANSFORM layer_DEPENDS PREPEND outlast_)
    list(TRANSFORM layer_LIBS PREPEND outlast_lib_ OUTPUT_VARIABLE libraries)

    file(MAKE_DIRECTORY "${root}")
    file(CREATE_LINK "${PROJECT_SOURCE_DIR}/src/${name}" "${root}/${name}" SYMBOLIC)

    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.cpp")
    if(sources)
        add_library(${target} STATIC ${sources})
        target_include_directories(${target} PUBLIC "${root}")
        target_link_libraries(${target} PUBLIC ${layer_DEPENDS} PRIVATE ${libraries})
        outlast_forbid_libraries(${target} ${layer_LIBS})
        outlast_own_code(${target})
    else()
        add_library(${target} INTERFACE)
        target_include_directories(${target} INTERFACE "${root}")
        target_link_libraries(${target} INTERFACE ${layer_DEPENDS})
    endif()
endfunction()

# outlast_program(NAME SOURCE LAYERS LAYER...): an executable over the named layers.
function(outlast_program name source)
    cmake_parse_arguments(PARSE_ARGV 2 program "" "" "LAYERS")
    list(TRANSFORM program_LAYERS PREPEND outlast_)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ${program_LAYERS})
    outlast_forbid_libraries(${name})
    outlast_own_code(${name})
endfunction()
