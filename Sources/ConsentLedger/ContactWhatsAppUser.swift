/// WhatsApp's business-scoped user ids, as Meta documents them since 2026: `US.13491208655302741918`, and for a group of
/// portfolios `US.ENT.11815799212886844830`.
enum ContactWhatsAppUser {
    static let maximumIDByteCount = 128

    static func address(_ text: Substring) throws(ContactAddressError) -> ContactAddress {
        var parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.utf8) }
        guard parts.count == 2 || parts.count == 3, parts[0].count == 2, parts[0].allSatisfy(isLetter),
            parts.count == 2 || parts[1].map(ContactTyping.lowercased) == Array("ent".utf8)
        else {
            throw ContactAddressError(
                .malformedUserID, "a WhatsApp user id begins with a country and a point; write whatsapp:US.1234567")
        }
        let id = parts[parts.count - 1]
        guard 1...maximumIDByteCount ~= id.count,
            id.allSatisfy({ isLetter($0) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else {
            throw ContactAddressError(
                .malformedUserID,
                "a WhatsApp user id has 1 to \(maximumIDByteCount) letters and digits after its country and point")
        }
        for index in parts.indices.dropLast() { parts[index] = parts[index].map { $0 & 0xDF } }
        let canonical = Array(parts.joined(separator: [UInt8(ascii: ".")]))
        return ContactAddress(kind: .whatsAppUser, canonical: String(decoding: canonical, as: UTF8.self))
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= ContactTyping.lowercased(byte)
    }
}
