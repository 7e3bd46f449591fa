// Formatting of text for people: fmt, linked statically.
//
// Include this instead of a header of fmt. Only what takes `char` is there, and nothing formats for
// a locale ("{:L}"); fmt_instance.cpp holds the code.
#pragma once

#include <fmt/core.h>
