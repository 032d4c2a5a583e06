import ConsentRules
import Glibc
import Testing

/// Documentation/decisions.md has every reason code, in the order of the code, with what it means.
@Suite struct DecisionTableTests {
    @Test func theTableHasEveryReasonCode() throws {
        let rows = try document().split(separator: "\n").compactMap { line -> (code: String, meaning: String)? in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            guard cells.count == 5, cells[1].hasPrefix("`"), cells[1].hasSuffix("`") else { return nil }
            return (String(cells[1].dropFirst().dropLast()), cells[3])
        }
        #expect(rows.map(\.code) == Reason.Code.allCases.map(\.rawValue))
        #expect(rows.map(\.meaning) == Reason.Code.allCases.map(\.meaning))
    }

    private func document() throws -> String {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(fopen("/\(root)/Documentation/decisions.md", "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return try #require(String(validating: bytes, as: UTF8.self))
    }
}
