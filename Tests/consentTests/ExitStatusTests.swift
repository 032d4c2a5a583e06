import ConsentAudit
import ConsentFailures
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
        ("Sources/ConsentLedger/LedgerError.swift", FailureKind.ofLedger.keys.map(\.name)),
        ("Sources/LedgerStorage/StorageError.swift", FailureKind.ofStorage.keys.map(\.name)),
        ("Sources/ConsentModel/ModelError.swift", FailureKind.ofModel.keys.map(\.name)),
        ("Sources/ConsentRules/RulesError.swift", FailureKind.ofRules.keys.map(\.name)),
        ("Sources/ConsentLedger/ContactAddressError.swift", FailureKind.ofContactAddress.keys.map(\.name)),
        ("Sources/TransparencyLog/TransparencyLogError.swift", FailureKind.ofTransparencyLog.keys.map(\.name)),
        ("Sources/LedgerCrypto/CryptoError.swift", FailureKind.ofCrypto.keys.map(\.name)),
        ("Sources/ConsentLedger/Import/ImportError.swift", FailureKind.ofImport.keys.map(\.name)),
        ("Sources/ConsentAudit/AuditError.swift", FailureKind.ofAudit.keys.map(\.name)),
    ]

    @Test(arguments: tables.indices) func everyCodeHasAStatus(_ position: Int) throws {
        let (file, names) = Self.tables[position]
        let codes = try Self.codes(in: file)
        #expect(!codes.isEmpty)
        #expect(Set(names) == codes, "\(file)")
    }

    @Test func noErrorIsAVerdict() {
        let statuses = FailureKind.allCases.map { ExitStatus(rawValue: $0.exitStatus) }
        for status in statuses + Array(ExitStatus.ofCommand.values) {
            #expect(status.map { ![.success, .deny, .notNow].contains($0) } ?? false)
        }
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
