// See hub.h.
#include "scenarios/engine/hub.h"

#include "scenarios/engine/judge.h"

namespace scenario {

using rdscsi::base::Guard;
using rdscsi::base::Lock;

void EventHub::open() {
  Guard guard(mutex_);
  open_ = true;
}

void EventHub::post(HubEvent event) {
  Guard guard(mutex_);
  if (!open_) return;
  events_.push_back(std::move(event));
  changed_.notify_all();
}

void EventHub::close() {
  Guard guard(mutex_);
  closed_ = true;
  changed_.notify_all();
}

bool EventHub::matches(HubEvent const& event, std::string const& kind,
                       std::map<std::string, std::string> const& wanted) const {
  if (event.kind != kind) return false;
  for (auto const& [key, value] : wanted) {
    auto const found = event.fields.find(key);
    if (found == event.fields.end()) return false;
    bool const fits = key == "text" ? found->second.find(value) != std::string::npos : found->second == value;
    if (!fits) return false;
  }
  return true;
}

bool EventHub::wait(std::string const& kind, std::map<std::string, std::string> const& wanted, int nth) {
  std::size_t next = 0;
  int left = nth;
  Lock lock(mutex_);
  while (true) {
    for (; next < events_.size(); ++next) {
      if (matches(events_[next], kind, wanted) && --left == 0) return true;
    }
    if (closed_) return false;
    changed_.wait_once(lock);
  }
}

void EventHub::wait_for_news(std::size_t& seen, rdscsi::base::TimePoint deadline) {
  Lock lock(mutex_);
  changed_.wait_until(lock, deadline, [&] { return closed_ || events_.size() != seen; });
  seen = events_.size();
}

void EventHub::post_device_event(rdssim::faults::Event const& event, std::string const& fault_name,
                                 int controller) {
  using Kind = rdssim::faults::Event::Kind;
  HubEvent out;
  switch (event.kind) {
    case Kind::effect:
      out.kind = "rds_effect";
      out.fields = {{"menu", event.effect->menu}, {"command", event.effect->command}};
      break;
    case Kind::command_started:
    case Kind::command_finished:
      if (is_heartbeat(event.text)) return;  // nobody waits for those, and an idle day has thousands
      out.kind = "rds_command";
      out.fields = {{"is", event.kind == Kind::command_started ? "started" : "finished"},
                    {"text", event.text}};
      break;
    case Kind::connected:
    case Kind::logged_in:
    case Kind::session_closed:
      out.kind = "connection";
      out.fields = {{"is", event.kind == Kind::connected   ? "connecting"
                           : event.kind == Kind::logged_in ? "up"
                                                           : "down"},
                    {"controller", std::to_string(controller)}};
      break;
    case Kind::fault_fired:
    case Kind::fault_healed:
      out.kind = "fault";
      out.fields = {{"of", fault_name}, {"is", event.kind == Kind::fault_fired ? "fired" : "ended"}};
      break;
    default:
      return;
  }
  post(std::move(out));
}

}  // namespace scenario
