// The text RouterOS shows for parsed code: `:put [:parse "/ip address print"]` prints (evl
// /ip/address/print). Used by :put. Grammar: FACTS 4, captures parse-oracle-7.23.3-chr; lsp-routeros-ts
// parseil-format (documented).
#pragma once

#include <string>

#include "simulator/routeros/ast.h"

namespace rdssim::routeros {

// Statements joined by ';'. `schema`: whose menus' properties a find names.
std::string compiled_form(Block const& block, Schema const& schema);

}  // namespace rdssim::routeros
