import ConsentAudit
import ConsentLedger
import ConsentModel
import ConsentRules
import Foundation
import LedgerCrypto
import LedgerStorage
import Testing
import TransparencyLog

@testable import consent

/// The table of exit codes, which is API.
@Suite struct ExitStatusTests {
    /// The codes that a library's source defines, read from the text: an open set cannot be enumerated otherwise.
    static func codes(in file: String) throws -> Set<String> {
        let text = try String(contentsOf: packageRoot.appendingPathComponent(file), encoding: .utf8)
        return Set(text.matches(of: /static let \w+ = Code\(name: "([a-z-]+)"\)/).map { String($0.1) })
    }

    static let tables: [(file: String, names: [String])] = [
        ("Sources/consent/CommandError.swift", ExitStatus.ofCommand.keys.map(\.name)),
        ("Sources/ConsentLedger/LedgerError.swift", ExitStatus.ofLedger.keys.map(\.name)),
        ("Sources/LedgerStorage/StorageError.swift", ExitStatus.ofStorage.keys.map(\.name)),
        ("Sources/ConsentModel/ModelError.swift", ExitStatus.ofModel.keys.map(\.name)),
        ("Sources/ConsentRules/RulesError.swift", ExitStatus.ofRules.keys.map(\.name)),
        ("Sources/ConsentLedger/ContactAddressError.swift", ExitStatus.ofContactAddress.keys.map(\.name)),
        ("Sources/TransparencyLog/TransparencyLogError.swift", ExitStatus.ofTransparencyLog.keys.map(\.name)),
        ("Sources/LedgerCrypto/CryptoError.swift", ExitStatus.ofCrypto.keys.map(\.name)),
        ("Sources/ConsentAudit/AuditError.swift", ExitStatus.ofAudit.keys.map(\.name)),
    ]

    @Test(arguments: tables.indices) func everyCodeHasAStatus(_ position: Int) throws {
        let (file, names) = Self.tables[position]
        let codes = try Self.codes(in: file)
        #expect(!codes.isEmpty)
        #expect(Set(names) == codes, "\(file)")
    }

    @Test func noErrorIsAVerdict() {
        let all =
            Array(ExitStatus.ofCommand.values) + ExitStatus.ofLedger.values + ExitStatus.ofStorage.values
            + ExitStatus.ofModel.values + ExitStatus.ofRules.values + ExitStatus.ofContactAddress.values
            + ExitStatus.ofTransparencyLog.values + ExitStatus.ofCrypto.values + ExitStatus.ofAudit.values
        for status in all { #expect(![.success, .deny, .notNow].contains(status)) }
    }

    @Test func whatNoTableKnowsIsInternal() {
        struct Stranger: Error {}
        #expect(ExitStatus(of: Stranger()) == .internal)
        #expect(ExitStatus(of: LedgerError(LedgerError.Code(name: "from-the-future"), "")) == .internal)
        #expect(ExitStatus(of: StorageError(.locked, "")) == .tryAgain)
    }

    @Test func theNumbersAreThoseOfTheDesign() {
        #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 64, 65, 66, 70, 74, 75, 77])
    }
}
