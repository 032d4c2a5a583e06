internal import ArgumentParser
internal import ConsentLedger

/// Which person.
struct ContactOptions: ParsableArguments {
    @Argument(
        help: "A phone number, an e-mail address, whatsapp:USER-ID, or - for one line of standard input.")
    var contact: String

    /// The address that was named or read.
    func address() throws -> ContactAddress {
        guard contact == "-" else { return try ContactAddress(parsing: contact) }
        return try ContactAddress(parsing: readLine() ?? "")
    }
}
