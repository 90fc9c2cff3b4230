// See ctl.h.
#include "simulator/program/ctl.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "simulator/faults/text.h"
#include "simulator/program/control_socket.h"

namespace rdssim::program {
namespace {

using faults::concat;
using Json = nlohmann::ordered_json;

int complain(std::string_view what) {
  std::cerr << "rds-sim ctl: " << what << "\n";
  return 1;
}

// The socket asked for, or the only one there is; empty and `why` otherwise.
std::string socket_of(CtlWords const& words, std::string* why) {
  if (!words.socket.empty()) return words.socket;
  auto const paths = served_control_paths();
  if (paths.size() == 1) return paths.front();
  *why = paths.empty()
             ? std::string("no rds-sim is running here; --socket PATH names one that is elsewhere")
             : concat("several rds-sim are running, --socket is one of ", faults::join(paths, ", "));
  return {};
}

bool read_file(std::string const& path, std::string* text) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  *text = content.str();
  return static_cast<bool>(file);
}

// Files are read and written here, by the rights and the folder of who asks.
bool fill_request(CtlWords const& words, Json* request, std::string* why) {
  *request = {{"ctl", words.request}};
  for (auto const& [key, value] : words.arguments) (*request)[key] = value;
  std::string text;
  if (words.request == "load") {
    if (!read_file(words.file, &text)) {
      *why = concat("load `", words.file, "`: cannot be read");
      return false;
    }
    (*request)["state"] = text;
  }
  if (words.request == "fault add") {
    bool const inline_yaml =
        words.file.find('\n') != std::string::npos || words.file.find(": ") != std::string::npos;
    if (!inline_yaml && !read_file(words.file, &text)) {
      *why = concat("fault add `", words.file,
                    "`: no such file, and not a fault such as '{fault: slow, busy: 3s}'");
      return false;
    }
    (*request)["faults"] = inline_yaml ? words.file : text;
    (*request)["name"] = inline_yaml ? std::string("fault") : words.file;
  }
  return true;
}

void print_each(Json const& list) {
  for (auto const& entry : list) std::cout << entry.dump() << "\n";
}

int show(CtlWords const& words, Json reply) {
  if (!reply.value("ok", false)) return complain(reply.value("error", "an answer without `ok`"));
  reply.erase("ok");
  if (words.request == "save") {
    std::ofstream file(words.file, std::ios::binary);
    file << reply["state"].get<std::string>();
    file.close();
    return file ? 0 : complain(concat("save `", words.file, "`: cannot be written"));
  }
  if (words.request == "history") {
    print_each(reply["commands"]);
  } else if (words.request == "fault list") {
    print_each(reply["faults"]);
  } else if (words.request == "state") {
    std::cout << reply.dump(2) << "\n";
  } else if (!reply.empty()) {
    std::cout << reply.dump() << "\n";
  }
  return 0;
}

}  // namespace

int run_ctl(CtlWords const& words) {
  std::string why;
  std::string const path = socket_of(words, &why);
  if (path.empty()) return complain(why);
  Json request;
  if (!fill_request(words, &request, &why)) return complain(why);
  auto const answer = ask(path, request.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!answer.ok()) return complain(std::string(answer.status().message()));
  auto reply = Json::parse(*answer, nullptr, false);
  if (!reply.is_object()) return complain(concat("`", path, "` answered something that is no JSON object"));
  return show(words, std::move(reply));
}

}  // namespace rdssim::program
