// Asks a plugin for its page of metrics over HTTP, as Prometheus would. Used by WorldL2; libcurl stays inside
// the .cpp file.
#pragma once

#include <string>

#include "scenarios/engine/calls.h"

namespace scenario {

// GET http://127.0.0.1:<port>/metrics. The code is OK with the page, UNAVAILABLE when nobody answers, and
// DEADLINE_EXCEEDED after `timeout`. Thread-safe.
Answer scrape(int port, Duration timeout);

}  // namespace scenario
