// Settings (GUCs) of the extension.
#pragma once

namespace vec::pg {

// Registers every setting. Called once, from _PG_init.
void DefineSettings();

}  // namespace vec::pg
