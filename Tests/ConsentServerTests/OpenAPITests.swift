import Foundation
import HTTPTypes
import Testing
import Yams

@testable import ConsentServer

/// Documentation/openapi.yaml says what there is, and nothing else.
@Suite struct OpenAPITests {
    private static func description() throws -> Node {
        let text = try String(
            contentsOf: ProblemTests.root.appendingPathComponent("Documentation/openapi.yaml"), encoding: .utf8)
        return try #require(try Yams.compose(yaml: text))
    }

    @Test func everyRouteIsDescribedWithItsRoles() throws {
        var described: [String: Set<String>?] = [:]
        for (path, item) in try #require(try Self.description()["paths"]?.mapping) {
            for (method, operation) in try #require(item.mapping) where method.string != "parameters" {
                let name = try #require(operation["operationId"]?.string)
                let roles = operation["x-roles"]?.sequence.map { Set($0.compactMap(\.string)) }
                described.updateValue(
                    roles, forKey: "\(method.string?.uppercased() ?? "") \(path.string ?? "") \(name)")
                #expect(operation["summary"]?.string?.isEmpty == false, "\(name)")
                // What asks for no token says so.
                #expect((roles == nil) == (operation["security"]?.sequence?.isEmpty == true), "\(name)")
            }
        }
        var routes: [String: Set<String>?] = [:]
        for route in ConsentServer.routes.routes {
            let path = route.path.replacing("...}", with: "}")
            routes.updateValue(
                route.roles.map { Set($0.map(\.rawValue)) },
                forKey: "\(route.method.rawValue) \(path) \(route.operation)")
        }
        #expect(described == routes)
    }

    @Test func everyCodeOfAProblemIsDescribed() throws {
        let described = try #require(
            try Self.description()["components"]?["schemas"]?["Problem"]?["properties"]?["code"]?["enum"]?.sequence)
        var codes: Set<String> = [Problem.unknownCode]
        for file in [
            "ConsentLedger/LedgerError", "LedgerStorage/StorageError", "ConsentModel/ModelError",
            "ConsentRules/RulesError", "ConsentLedger/ContactAddressError", "TransparencyLog/TransparencyLogError",
            "LedgerCrypto/CryptoError", "ConsentAudit/AuditError", "ConsentLedger/Import/ImportError",
            "ConsentServer/ServerError",
        ] {
            let found = try ProblemTests.codes(in: "Sources/\(file).swift")
            #expect(!found.isEmpty, "\(file)")
            codes.formUnion(found)
        }
        #expect(Set(described.compactMap(\.string)) == codes)
        #expect(described.count == codes.count)
    }

    /// Operations have names of their own: metrics, logs and access records go by them.
    @Test func operationsHaveNamesOfTheirOwn() {
        let names = ConsentServer.routes.routes.map(\.operation)
        #expect(Set(names).count == names.count)
    }
}
