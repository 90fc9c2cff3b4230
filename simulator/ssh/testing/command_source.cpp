// Drawing lines, see command_source.h.
#include "simulator/ssh/testing/command_source.h"

namespace rdssim::ssh {

std::string CommandSource::pick(std::vector<std::string> const& words) {
  return words[random_.below(words.size())];
}

std::string CommandSource::slot() {
  return "v" + std::to_string(random_.below(12));
}

std::string CommandSource::text() {
  std::string out;
  for (auto count = random_.below(4); count > 0; --count) {
    out += pick({"word", "two words", "\\\"", "\\\\", "\\r\\n", "\\t", "\xc3\xa9", "\\41", "100%", "a=b",
                 "\\$x", "'", "~"});
  }
  return "\"" + out + "\"";
}

std::string CommandSource::condition() {
  return pick({"slot=" + slot(), "slot~\"v[0-5]\"", "type=file", "type=file and slot=" + slot(),
               "!nvme-tcp-export", "nvme-tcp-export=yes", "size>1000", "comment=" + text(),
               "file-size=1G or slot=" + slot(), "[:len $slot]>2"});
}

std::string CommandSource::disk_change() {
  std::string const name = slot();
  std::string const path = "file-path=" + pick({"", "/"}) + "storage-pool/metal-csi/" + name + ".img";
  switch (random_.below(10)) {
    case 0:
    case 1:
    case 2:
      return "/disk add type=file slot=" + name + " " + path +
             " file-size=" + pick({"1G", "64M", "1048577", "5G", "100T"});
    case 3:
      return "/disk remove " + pick({name, "[find slot=" + name + "]", "[find slot~\"v1\"]"});
    case 4:
      return "/disk set " + name + " comment=" + text();
    case 5:
      return "/disk set " + name + " nvme-tcp-export=" + pick({"yes", "no", "maybe"});
    case 6:
      return "/disk set [find slot=" + name + "] file-size=" + pick({"2G", "1G", "32M"});
    case 7:
      return "/disk " + pick({"disable", "enable"}) + " " + name;
    case 8:
      return "/file remove storage-pool/metal-csi/" + name + ".img";
    default:
      return ":put [/disk add type=file slot=" + name + " " + path + " file-size=16M]";
  }
}

std::string CommandSource::disk_print() {
  std::string const form =
      pick({"", " detail", " terse", " brief", " count-only", " as-value", " without-paging detail"});
  std::string const where = random_.chance(0.6) ? " where " + condition() : "";
  std::string const print = pick({"/disk print", "/disk/print", "/disk pr"}) + form + where;
  return form == " as-value" ? ":put [" + print + "]" : print;
}

std::string CommandSource::expression(int depth) {
  if (depth == 0)
    return pick(
        {"1", "42", "0x1f", "true", "\"a\"", "[:len \"abc\"]", "(1,2,3)", text(), "10.0.0.1", "1d2h"});
  std::string const left = expression(depth - 1), right = expression(depth - 1);
  return "(" + left + pick({" + ", " - ", " * ", " . ", " = ", " < ", " && ", ",", " != ", " in "}) + right +
         ")";
}

std::string CommandSource::script(int depth) {
  std::string const name = slot();
  switch (random_.below(10)) {
    case 0:
      return ":foreach d in=[/disk find " + condition() + "] do={ :put [/disk get $d " +
             pick({"slot", "size", "comment", "file-path"}) + "] }";
    case 1:
      return ":if ([:len [/disk find slot=" + name + "]] > 0) do={ :put yes } else={ :put no }";
    case 2:
      return ":do { /disk set " + name + " comment=" + text() + " } on-error={ :put failed }";
    case 3:
      return ":for i from=1 to=" + std::to_string(random_.below(6)) + " do={ :put (\"n\" . $i) }";
    case 4:
      return ":local a " + expression(1) + "; :put $a; :put [:typeof $a]";
    case 5:
      return ":put [:pick " + text() + " 0 " + std::to_string(random_.below(5)) + "]; :put [:len " + text() +
             "]";
    case 6:
      return ":local m {a=1;b=" + expression(0) + "}; :put ($m->\"b\"); :put $m";
    case 7:
      return depth > 0 ? script(depth - 1) + "; " + script(depth - 1) : ":put " + text();
    case 8:
      return ":put [:tostr " + expression(1) + "]";
    default:
      return ":put " + expression(2);
  }
}

std::string CommandSource::others() {
  return pick({"/system identity print", ":put [/system identity get name]", "/user print",
               "/user group print", "/user add name=u" + slot() + " group=read password=" + text(),
               "/user remove u" + slot(), ":put [:len [/file find]]",
               "/file print count-only where size>" + std::to_string(random_.below(1U << 31)),
               ":foreach f in=[/file find name~\"" + slot() +
                   "\"] do={ :put [/file get $f name]; :put [/file get $f size] }",
               "/ip ssh print", "/system package print", "/disk print detail where slot=none",
               "/system identity set name=" + pick({"rds", "MikroTik", "two words"}), "/interface print",
               ":put [/disk get " + slot() + " size]", ":put [/disk find where " + condition() + "]"});
}

// As a person mistypes: a byte goes, comes twice or becomes another.
std::string CommandSource::damaged(std::string line) {
  auto const at = random_.below(line.size());
  switch (random_.below(3)) {
    case 0:
      return line.erase(at, 1);
    case 1:
      return line.insert(at, 1, line[at]);
    default:
      line[at] = pick({"x", " ", "=", "[", "}", ";", "$", "\""})[0];
      return line;
  }
}

std::string CommandSource::next() {
  std::string line;
  switch (random_.below(4)) {
    case 0:
      line = disk_change();
      break;
    case 1:
      line = disk_print();
      break;
    case 2:
      line = script(1);
      break;
    default:
      line = others();
  }
  return random_.chance(0.12) ? damaged(std::move(line)) : line;
}

}  // namespace rdssim::ssh
