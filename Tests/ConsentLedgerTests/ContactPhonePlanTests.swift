import CPhoneNumber
import Testing

@testable import ConsentLedger

/// The table against libphonenumber itself: what it calls plain, the library reads as it stands.
@Suite struct ContactPhonePlanTests {
    private let plan = ContactPhonePlan.world

    private func asked(_ digits: String) -> (e164: String, isPossible: Bool)? {
        var number = cpn_number()
        let text = "+" + digits
        guard cpn_parse(text, text.utf8.count, nil, &number) == CPN_OK else { return nil }
        let e164 = withUnsafeBytes(of: number.e164) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return (e164, number.is_possible != 0)
    }

    /// Where the table says something else than the library, and why (see ``ContactPhonePlan``).
    private func isAmended(_ code: Int, _ length: Int) -> Bool {
        (code, length) == (52, 11) || code == 55 && length < 10 || (code, length) == (229, 10)
    }

    @Test func everyCallingCodeAndLengthIsTheLibrarys() {
        for code in 1...999 {
            let digits = Array(String(code).utf8)
            guard plan.callingCodeLength(of: digits) == digits.count else {
                // Every number begins with one of the three-digit codes, or with a shorter code that is in the table.
                let isMissing = code >= 100 && plan.callingCodeLength(of: digits) == nil
                if isMissing { #expect(asked(String(code) + "23456789") == nil, "+\(code)") }
                continue
            }
            for length in 1...15 - digits.count where digits.count + length >= ContactPhonePlan.minimumDigitCount {
                let number = String(code) + "23456789234567".prefix(length)
                let mine = plan.hasLength(of: Array(number.utf8), codeLength: digits.count)
                let theirs = asked(number).map { $0.isPossible && $0.e164 == "+" + number } ?? false
                #expect(mine == theirs || isAmended(code, length), "+\(code) with \(length) digits")
            }
        }
    }

    @Test(arguments: 0..<4) func plainNumbersAreReadAsTheyStand(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let codes = (1...999).filter { plan.callingCodeLength(of: Array(String($0).utf8)) == String($0).utf8.count }
        #expect(codes.count == 215)
        for code in codes {
            let length = String(code).utf8.count
            for national in plan.lengths(of: code) where !isAmended(code, national) {
                for prefix in 0..<100 {
                    let tail = (0..<max(national - 2, 0)).map { _ in String(random.next(below: 10)) }.joined()
                    let digits = String(code) + (prefix < 10 ? "0" : "") + String(prefix) + tail
                    guard plan.isPlain(Array(digits.utf8), codeLength: length) else { continue }
                    #expect(asked(digits)?.e164 == "+" + digits, "seed \(seed)")
                    #expect(try ContactAddress(whatsAppID: digits) == ContactAddress(parsing: "+" + digits))
                }
            }
        }
    }

    @Test func refusalsOfTheShimLeaveNothingBehind() {
        var number = cpn_number()
        for (text, region, outcome) in [
            ("600111222", "ZZ", CPN_UNKNOWN_REGION), ("600111222", nil, CPN_UNKNOWN_CALLING_CODE),
            ("", "ES", CPN_NOT_A_NUMBER), ("hello", "ES", CPN_NOT_A_NUMBER),
            ("+9991234567", nil, CPN_UNKNOWN_CALLING_CODE),
            ("+34600111222 ext 5", nil, CPN_EXTENSION), (String(repeating: "9", count: 300), "ES", CPN_TOO_LONG),
            ("+341", nil, CPN_TOO_SHORT), ("+34600111222123456789", nil, CPN_TOO_LONG),
        ] as [(String, String?, cpn_outcome)] {
            let came = cpn_parse(text, text.utf8.count, region, &number)
            #expect(came == outcome, "\(text.prefix(30)) in \(region ?? "-"): \(came.rawValue)")
            #expect(number.e164.0 == 0 && number.region.0 == 0)
        }
    }

    @Test func manyThreadsMayAsk() async {
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<200).allSatisfy { index in
                        let subscriber = String(100_000 + task * 1_000 + index)
                        let address = try? ContactAddress(parsing: "020 7" + subscriber + "0", defaultRegion: "GB")
                        return address?.text == "+44207" + subscriber + "0"
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
