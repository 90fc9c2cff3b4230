// DeviceFamilies: the metrics of each RDS. Private to metrics::Registry.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metrics/reading.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
template <typename T>
class Family;
}  // namespace prometheus

namespace rdscsi::metrics {

// Adds families to a registry and keeps their names.
class FamilyMaker {
 public:
  explicit FamilyMaker(prometheus::Registry& all) : all_(all) {}
  prometheus::Family<prometheus::Counter>& counter(char const* name, char const* help);
  prometheus::Family<prometheus::Gauge>& gauge(char const* name, char const* help);
  prometheus::Family<prometheus::Histogram>& histogram(char const* name, char const* help);
  std::vector<std::string> const& names() const { return names_; }

 private:
  prometheus::Registry& all_;
  std::vector<std::string> names_;
};

// Not thread-safe.
class DeviceFamilies {
 public:
  explicit DeviceFamilies(FamilyMaker& make);
  ~DeviceFamilies();

  // What none of `devices` says any more goes.
  void take(std::vector<Device> const& devices);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdscsi::metrics
