// One look at the device itself. See health.h.
#include "rds/health.h"

#include <charconv>

#include "base/reasons.h"
#include "rds/device_call.h"
#include "rds/reply.h"
#include "rds/routeros_errors.h"
#include "rds/script.h"
#include "rds/script_parts.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::fail;
using base::Reason;
using base::StatusOr;

// Sections of the script.
constexpr int kSystem = 0, kSensors = 1, kDisks = 2;

// All of `text`, as a number.
std::optional<double> number(std::string_view text) {
  double value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string first_of(Record const& record, std::initializer_list<std::string_view> keys) {
  for (auto const key : keys) {
    if (auto value = record.get(key); value && !value->empty()) return *std::move(value);
  }
  return {};
}

Sensor sensor_of(Record const& record) {
  std::string text = record.get("value").value_or("");
  auto const value = number(text);
  return {record.get("name").value_or(""), record.get("type").value_or(""), std::move(text), value};
}

HardwareDisk disk_of(Record const& record) {
  auto const failed = record.get("raid-member-failed");
  return {record.get("slot").value_or(""), record.get("type").value_or(""),
          first_of(record, {"raid-member-state", "state", "raid-state"}),
          failed == "true" || failed == "yes"};
}

StatusOr<Pool> pool_of(Record const& record) {
  auto const size = number(record.get("size").value_or(""));
  auto const free = number(record.get("free").value_or(""));
  if (size && free) return Pool{static_cast<std::int64_t>(*size), static_cast<std::int64_t>(*free)};
  return fail(Reason::rds_reply_damaged, Effect::none,
              "the pool's row: size=" + record.get("size").value_or("(missing)") +
                  " free=" + record.get("free").value_or("(missing)") + ", expected bytes as plain digits");
}

StatusOr<Health> health_of(Reply const& reply, std::string_view pool_mount_point) {
  Health health;
  for (Record const& record : reply.records) {
    if (record.section == kSystem) {
      health.version = record.get("version").value_or("");
      health.board = record.get("board").value_or("");
    } else if (record.section == kSensors) {
      if (record.get("name")) health.sensors.push_back(sensor_of(record));
    } else if (record.section == kDisks) {
      if (record.get("mount-point") == pool_mount_point) {
        auto const pool = pool_of(record);
        if (!pool.ok()) return pool.status();
        health.pool = *pool;
      }
      health.disks.push_back(disk_of(record));
    }
  }
  return health;
}

}  // namespace

// The sensors are asked for by a script of their own: a device without that menu, or one that keeps it from
// us, must not lose the rest.
StatusOr<std::string> health_script(std::string_view nonce) {
  Script script;
  open_frame(script, nonce);
  script.code(
      ":local h ({});:do {:local f [:parse \":return [/system health print as-value]\"];:set h [$f]} "
      "on-error={};"
      ":foreach p,q in={{{version=[/system resource get version];board=[/system resource get "
      "board-name]}};$h;"
      "[/disk print detail as-value where type!=file]");
  close_frame(script, nonce);
  return script.finish();
}

StatusOr<Health> HealthReader::read(base::Context const& ctx) {
  std::string const nonce = nonces_.draw();
  auto const line = health_script(nonce);
  if (!line.ok()) return line.status();
  auto const reply = executor_.exec(ctx, *line);
  if (!reply.ok()) return harmless(reply.status());
  ReplyReading const reading = read_reply(reply->output, nonce);
  if (reading.reply) return health_of(*reading.reply, territory_.pool_mount_point());
  if (auto const error = recognise_error(reading.error_line)) return to_status(*error, *line, Effect::none);
  return fail(Reason::rds_reply_damaged, Effect::none,
              "the device's reply does not account for every byte: " + reading.damage);
}

}  // namespace rdscsi::rds
