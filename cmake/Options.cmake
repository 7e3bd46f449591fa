# How every source file of outlast is compiled and linked, and the warnings our own code is held to.
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(OUTLAST_CCACHE ccache)
mark_as_advanced(OUTLAST_CCACHE)
if(OUTLAST_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${OUTLAST_CCACHE}")
endif()

add_compile_definitions(OUTLAST_VERSION="${PROJECT_VERSION}")

# A standard container that is used wrongly ends the process instead of corrupting memory.
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_compile_options(-fstack-protector-strong -fstack-clash-protection)

# Paths in the program do not depend on where it was built.
add_compile_options("$<$<CONFIG:Release>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=>")

if(OUTLAST_SANITIZE)
    add_compile_options(-fsanitize=${OUTLAST_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${OUTLAST_SANITIZE})
else()
    add_compile_options("$<$<CONFIG:Release>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
endif()

add_compile_options(-fPIE)
add_compile_options("$<$<CONFIG:Release>:-ffunction-sections;-fdata-sections>")
add_link_options(-Wl,-z,relro,-z,now "$<$<CONFIG:Release>:-Wl,--gc-sections>")
if(OUTLAST_STATIC)
    add_link_options(-static-pie)
else()
    add_link_options(-pie)
endif()

# Warnings are for our own code only: a target links this, nobody inherits it.
add_library(outlast_warnings INTERFACE)
target_compile_options(outlast_warnings INTERFACE
    -Wall -Wextra -Wpedantic
    -Wcast-align -Wcast-qual -Wconversion -Wdouble-promotion -Wextra-semi -Wformat=2
    -Wimplicit-fallthrough -Wmissing-declarations -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wshadow -Wundef -Wvla
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-branches>
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond>
    $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op>
    $<$<CXX_COMPILER_ID:GNU>:-Wsuggest-override>
    # GCC 12 reports these two in correct uses of std::optional, std::variant and std::string.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    # Names of the other files in a unity build; where each file is compiled by itself, it is on.
    $<$<BOOL:${CMAKE_UNITY_BUILD}>:-Wno-shadow>
    $<$<BOOL:${OUTLAST_WERROR}>:-Werror>)

# The linker warns about calls that a static program cannot make safely, such as getpwnam.
if(OUTLAST_WERROR)
    target_link_options(outlast_warnings INTERFACE -Wl,--fatal-warnings)
endif()
