// The other print forms: terse lines, as-value maps, `key: value` blocks.
#include <algorithm>

#include "simulator/routeros/printers.h"
#include "simulator/storage/record.h"

namespace rdssim::routeros {

namespace {

std::vector<std::string> names_of(Row const& row) {
  std::vector<std::string> names;
  for (auto const& field : row.fields) names.push_back(field.name);
  return names;
}

}  // namespace

// ` 0 R name=ether1 ... comment=WAN uplink`: values unquoted, even with blanks
// (terse-unquoted-values-7.20.8-hex).
// EVIDENCE(confirmed): print terse: one line an item, values never quoted. [FACTS 1.6; capture
// terse-unquoted-values-7.20.8-hex]
// EVIDENCE(documented): Flags keep their columns in terse. From 7.24 on only used ones is inferred. [spec
// operators' transcripts; spec ntc-templates, MikroTik RouterOS]
std::string print_terse(std::vector<Row> const& rows, MenuLayout const& layout, PrintStyle const& style) {
  auto const columns = style.legend_of_used ? used_columns(rows, layout.flag_columns) : layout.flag_columns;
  std::string text;
  for (auto const& row : rows) {
    auto number = std::to_string(row.number);
    if (number.size() < 2) number.insert(0, 1, ' ');
    text += number + " ";
    std::string letters = flag_letters(row, columns);
    if (style.terse_closes_up) std::erase(letters, ' ');
    if (!letters.empty()) text += letters + " ";
    // The comment is a property among others, where the menu's order has it; else it comes first.
    bool const placed = contains(layout.detail, "comment");
    if (!placed && !row.comment.empty()) text += "comment=" + row.comment + " ";
    for (auto const& name : placed ? layout.detail : names_of(row)) {
      if (name == "comment" && placed && !row.comment.empty()) text += "comment=" + row.comment + " ";
      for (auto const& field : row.fields) {
        if (field.name == name) text += name + "=" + print_value(field, false) + " ";
      }
    }
    text += "\r\n";
  }
  return text;
}

// EVIDENCE(confirmed): as-value: .id first, then keys in alphabetical order, values unquoted and unescaped,
// integers ungrouped. [FACTS 1.6; capture as-value-unescaped-comment-7.20.8-hex; capture
// as-value-interface-stats-7.20.8-hex]
Value as_value(Row const& row, std::vector<std::vector<Flag>> const* flags) {
  Value::Array map;
  map.keyed[".id"] = Value::id(storage::format_id(row.id));
  for (auto const& field : row.fields) map.keyed[field.name] = field.value;
  if (flags != nullptr) {
    for (auto const& flag : row.flags) map.keyed[flag] = Value::boolean(true);
    for (auto const& flag : row.cleared) map.keyed[flag] = Value::boolean(false);
    for (auto const& column : *flags) {
      for (auto const& flag : column) {
        if (flag.name == "disabled") map.keyed["disabled"] = Value::boolean(row.flags.contains("disabled"));
      }
    }
  }
  if (!row.comment.empty()) map.keyed["comment"] = Value::string(row.comment);
  return Value::array(std::move(map));
}

// EVIDENCE(confirmed): `key: value` prints right-align their keys to a common column. [FACTS 1.6; capture
// system-resource-print-7.12.2-chr]
std::string print_keys(std::vector<std::pair<std::string, std::string>> const& pairs, std::size_t key_width) {
  std::size_t width = key_width;
  for (auto const& [key, value] : pairs) width = std::max(width, key.size() + 2);
  std::string text;
  for (auto const& [key, value] : pairs)
    text += std::string(width - key.size(), ' ') + key + ": " + value + "\r\n";
  return text;
}

}  // namespace rdssim::routeros
