// Escaping and page frame. See html_text.h.
#include "scenarios/engine/html_text.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace scenario {

std::string_view page_style();  // html_style.cpp

std::string html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char const c = static_cast<unsigned char>(text[i]);
    bool const address = text.substr(i, 3) == "://";
    bool const source = c == '=' && i >= 3 && text.substr(i - 3, 3) == "src";
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (address || source) {
      out += "&#" + std::to_string(c) + ";";
    } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
      out += "\xef\xbf\xbd";
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

std::string html_page(std::string_view title, std::string_view body, std::string_view script) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src 'unsafe-inline'\">\n<title>";
  page += html(title);
  page += "</title>\n<style>\n";
  page += page_style();
  page += "</style>\n</head>\n<body>\n";
  page += body;
  if (!script.empty()) {
    page += "<script>\n";
    page += script;
    page += "</script>\n";
  }
  return page + "</body>\n</html>\n";
}

std::string short_time(rdscsi::base::Duration duration) {
  double const seconds = std::chrono::duration<double>(duration).count();
  std::array<char, 48> text{};
  if (seconds < 1) {
    std::snprintf(text.data(), text.size(), "%.4g ms", seconds * 1000);
  } else if (seconds < 120) {
    std::snprintf(text.data(), text.size(), "%.4g s", seconds);
  } else {
    auto const whole = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    if (whole < 7200) {
      std::snprintf(text.data(), text.size(), "%lld m %02lld s", static_cast<long long>(whole / 60),
                    static_cast<long long>(whole % 60));
    } else {
      std::snprintf(text.data(), text.size(), "%lld h %02lld m", static_cast<long long>(whole / 3600),
                    static_cast<long long>(whole / 60 % 60));
    }
  }
  return text.data();
}

}  // namespace scenario
