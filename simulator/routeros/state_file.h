// The state file: a device as JSON, values only. simulator/docs/state.md describes the format.
// Used by Device::from_state and Device::save_state. No JSON header leaves state_file.cpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "simulator/routeros/device_state.h"

namespace rdssim::routeros {

// Errors name the JSON path, the value found and what would be right.
absl::StatusOr<std::unique_ptr<Device::State>> read_state(std::string_view json);
// Text that read_state() accepts and that gives an equal device.
std::string write_state(Device::State const& state);
// What /system resource shows when the state file says nothing.
std::vector<std::pair<std::string, storage::Property>> default_resource(Profile const& profile);

}  // namespace rdssim::routeros
