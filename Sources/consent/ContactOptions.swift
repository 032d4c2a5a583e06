internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto

/// Which person.
struct ContactOptions: ParsableArguments {
    @Argument(
        help: "A phone number, an e-mail address, whatsapp:USER-ID, or - for one line of standard input.")
    var contact: String

    /// The address that was named or read.
    func address() throws -> ContactAddress { try ContactAddress(argument: contact) }
}

extension ContactAddress {
    /// The address that an argument names, or standard input where it is `-`.
    init(argument: String) throws { try self.init(parsing: argument == "-" ? readLine() ?? "" : argument) }
}

extension ContactHandle {
    /// The handle that `--handle` names; throws `badInput`.
    init(argument: String) throws(CommandError) {
        guard let handle = Hexadecimal.decode(argument).flatMap({ ContactHandle($0) }) else {
            throw CommandError(.badInput, "--handle is not 32 hexadecimal digits in lower case")
        }
        self = handle
    }
}
