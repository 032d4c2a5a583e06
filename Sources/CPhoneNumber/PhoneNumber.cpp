#include "CPhoneNumber.h"

#include <cstring>
#include <list>
#include <string>

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

// The metadata that Debian's library carries; its headers do not declare them, the library exports them.
namespace i18n {
namespace phonenumbers {
int metadata_size();
const void *metadata_get();
}  // namespace phonenumbers
}  // namespace i18n

using i18n::phonenumbers::NullLogger;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

// libphonenumber logs to standard output unless told otherwise, where answers are printed.
PhoneNumberUtil &quietUtil() {
    static PhoneNumberUtil *util = [] {
        PhoneNumberUtil *instance = PhoneNumberUtil::GetInstance();
        instance->SetLogger(new NullLogger());
        return instance;
    }();
    return *util;
}

template <size_t capacity>
bool copy(const std::string &text, char (&field)[capacity]) {
    if (text.size() >= capacity) return false;
    std::memcpy(field, text.c_str(), text.size() + 1);
    return true;
}

}  // namespace

cpn_outcome cpn_parse(const char *text, size_t length, const char *region, cpn_number *number) {
    std::memset(number, 0, sizeof *number);
    try {
        PhoneNumberUtil &util = quietUtil();
        if (region != nullptr && util.GetCountryCodeForRegion(region) == 0) return CPN_UNKNOWN_REGION;
        PhoneNumber parsed;
        switch (util.Parse(std::string(text, length), region == nullptr ? "ZZ" : region, &parsed)) {
            case PhoneNumberUtil::NO_PARSING_ERROR: break;
            case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR: return CPN_UNKNOWN_CALLING_CODE;
            case PhoneNumberUtil::NOT_A_NUMBER: return CPN_NOT_A_NUMBER;
            case PhoneNumberUtil::TOO_SHORT_AFTER_IDD: return CPN_TOO_SHORT;
            case PhoneNumberUtil::TOO_SHORT_NSN: return CPN_TOO_SHORT;
            case PhoneNumberUtil::TOO_LONG_NSN: return CPN_TOO_LONG;
        }
        if (parsed.has_extension()) return CPN_EXTENSION;
        std::string e164;
        std::string regionCode;
        util.Format(parsed, PhoneNumberUtil::E164, &e164);
        util.GetRegionCodeForNumber(parsed, &regionCode);
        number->is_own_region = regionCode != "ZZ";
        // "ZZ" is libphonenumber's word for a number in no assigned range; its calling code may still name one country.
        if (regionCode == "ZZ") util.GetRegionCodeForCountryCode(parsed.country_code(), &regionCode);
        if (!copy(e164, number->e164)) return CPN_TOO_LONG;
        if (regionCode == "ZZ" || !copy(regionCode, number->region)) number->region[0] = 0;
        number->is_possible = util.IsPossibleNumberWithReason(parsed) == PhoneNumberUtil::IS_POSSIBLE;
        number->is_valid = util.IsValidNumber(parsed);
        return CPN_OK;
    } catch (...) {
        std::memset(number, 0, sizeof *number);
        return CPN_FAILED;
    }
}

int cpn_regions(int calling_code, char letters[2 * CPN_MOST_REGIONS]) {
    try {
        std::list<std::string> regions;
        quietUtil().GetRegionCodesForCountryCallingCode(calling_code, &regions);
        int count = 0;
        for (const std::string &region : regions) {
            if (region.size() != 2) continue;
            if (count == CPN_MOST_REGIONS) return -1;
            std::memcpy(letters + 2 * count++, region.data(), 2);
        }
        return count;
    } catch (...) {
        return -1;
    }
}

uint64_t cpn_metadata_fingerprint(void) {
    const unsigned char *bytes = static_cast<const unsigned char *>(i18n::phonenumbers::metadata_get());
    const int count = i18n::phonenumbers::metadata_size();
    uint64_t hash = 0xcbf29ce484222325;
    for (int index = 0; index < count; ++index) hash = (hash ^ bytes[index]) * 0x100000001b3;
    return hash;
}
