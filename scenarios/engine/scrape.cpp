// See scrape.h.
#include "scenarios/engine/scrape.h"

#include <curl/curl.h>

#include <chrono>
#include <memory>

namespace scenario {
namespace {

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* page) {
  static_cast<std::string*>(page)->append(bytes, size * count);
  return size * count;
}

}  // namespace

Answer scrape(int port, Duration timeout) {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> const request(curl_easy_init(), curl_easy_cleanup);
  Answer answer;
  std::string const url = "http://127.0.0.1:" + std::to_string(port) + "/metrics";
  auto const milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  curl_easy_setopt(request.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(request.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(request.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(request.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(request.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(milliseconds));
  curl_easy_setopt(request.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(request.get(), CURLOPT_WRITEDATA, &answer.page);
  CURLcode const code = curl_easy_perform(request.get());
  answer.code = code == CURLE_OK                   ? "OK"
                : code == CURLE_OPERATION_TIMEDOUT ? "DEADLINE_EXCEEDED"
                                                   : "UNAVAILABLE";
  if (code != CURLE_OK) answer.message = url + ": " + curl_easy_strerror(code);
  return answer;
}

}  // namespace scenario
