internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel

/// The letter to a person who asked to be erased: what is gone, what stays, why and until when.
struct ErasureLetter {
    enum Language: String, ExpressibleByArgument, CaseIterable {
        case en, es
    }

    enum What {
        /// Messages stopped; the rest waits for its date.
        case requested(record: UInt64, erasesAt: Timestamp?, isHeld: Bool)
        case erased(Erasure, keepsSuppression: Bool)
    }

    let address: String
    let business: String
    let language: Language
    let what: What
    /// The names of the proofs that go with it.
    let proofs: [String]

    /// The letter, in paragraphs.
    var text: String {
        let paragraphs =
            switch (what, language) {
            case (.requested(let record, let erasesAt, let isHeld), .en): requestedEN(record, erasesAt, isHeld)
            case (.requested(let record, let erasesAt, let isHeld), .es): requestedES(record, erasesAt, isHeld)
            case (.erased(let erasure, let keeps), .en): erasedEN(erasure, keeps)
            case (.erased(let erasure, let keeps), .es): erasedES(erasure, keeps)
            }
        return paragraphs.joined(separator: "\n\n")
    }

    private func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }

    private func requestedEN(_ record: UInt64, _ erasesAt: Timestamp?, _ isHeld: Bool) -> [String] {
        var text = [
            "\(business)\nYour request to be erased: \(address)",
            "Messages to this address stopped the moment we recorded your request (record \(record)).",
            "We keep what shows which messages you agreed to, and that you left, in case a claim is made about them. It is "
                + "shut: nobody but our legal department can look at it, and every look is recorded.",
            erasesAt.map { "It will be deleted from \(day($0)) on." }
                ?? "The date on which it will be deleted is not set yet; we will tell you.",
        ]
        if isHeld {
            text.append("A legal duty to preserve evidence applies at present. It is deleted when that has ended.")
        }
        text.append("You can complain to your data protection authority.")
        return text
    }

    private func requestedES(_ record: UInt64, _ erasesAt: Timestamp?, _ isHeld: Bool) -> [String] {
        var text = [
            "\(business)\nSu solicitud de supresión: \(address)",
            "Los mensajes a esta dirección cesaron en el momento en que registramos su solicitud (registro \(record)).",
            "Conservamos lo que demuestra qué mensajes aceptó y que se dio de baja, por si se presentara una reclamación. Está "
                + "bloqueado: solo nuestro departamento jurídico puede consultarlo, y cada consulta queda registrada.",
            erasesAt.map { "Se eliminará a partir del \(day($0))." }
                ?? "La fecha en que se eliminará aún no está fijada; se la comunicaremos.",
        ]
        if isHeld {
            text.append(
                "Actualmente existe la obligación legal de conservar pruebas. Se eliminará cuando esta termine.")
        }
        text.append("Puede presentar una reclamación ante su autoridad de protección de datos.")
        return text
    }

    private func erasedEN(_ erasure: Erasure, _ keepsSuppression: Bool) -> [String] {
        let (records, proofs) = (Self.list(erasure.records), Self.names(self.proofs))
        let linked =
            erasure.linkedContacts.isEmpty
            ? []
            : [
                "Records tie other addresses to this one, and those are kept. If they are yours too, ask us to erase them as well: "
                    + "until then, these records can be told to belong together."
            ]
        return [
            "\(business)\nYour data has been erased: \(address)",
            "Gone for good: your address, the keys under which everything we knew of you was encrypted (addresses, times, places "
                + "and texts kept as evidence), the counts of messages sent to you, and every copy of these that our system holds. "
                + "We can no longer show what you agreed to, or when.",
            "What stays: \(erasure.recordCount) records in a log that cannot be altered, which say that somebody agreed to or "
                + "stopped messages at certain times. They name that person by a random number, and nothing is left that leads "
                + "from it to you.",
        ] + linked + [
            keepsSuppression
                ? "We also keep a keyed hash of your address, for one purpose only: so that no old list that is imported later "
                    + "brings you back. It says nothing else of you, and it ends when you yourself opt in again. We keep it "
                    + "without a time limit, for your protection; you can ask us to delete it as well."
                : "As you wished, not even a mark against old lists is kept. If one with your address is imported, you could be "
                    + "entered again; tell us, and we will erase it again.",
            "Copies in backups cannot be opened once the backups of the keys from before today are destroyed.",
            "The erasure is recorded (record \(records)). "
                + (proofs.isEmpty
                    ? "Ask us for the proof that it is in the log" : "The proof that it is in the log: \(proofs)")
                + ". It can be checked with software that is not ours (C2SP tlog-proof).",
            "You can complain to your data protection authority.",
        ]
    }

    private func erasedES(_ erasure: Erasure, _ keepsSuppression: Bool) -> [String] {
        let (records, proofs) = (Self.list(erasure.records), Self.names(self.proofs))
        let linked =
            erasure.linkedContacts.isEmpty
            ? []
            : [
                "Hay registros que vinculan otras direcciones con esta, y esas se conservan. Si también son suyas, pídanos que las "
                    + "suprimamos: hasta entonces, puede verse que esos registros van juntos."
            ]
        return [
            "\(business)\nSus datos han sido suprimidos: \(address)",
            "Se ha eliminado definitivamente: su dirección, las claves con las que estaba cifrado todo lo que sabíamos de usted "
                + "(direcciones, horas, lugares y textos conservados como prueba), el recuento de los mensajes enviados y toda "
                + "copia de ello en nuestro sistema. Ya no podemos demostrar qué aceptó ni cuándo.",
            "Permanecen \(erasure.recordCount) registros en un diario que no puede alterarse, que dicen que alguien aceptó o "
                + "detuvo mensajes en ciertos momentos. Designan a esa persona con un número aleatorio, y no queda nada que "
                + "conduzca de él a usted.",
        ] + linked + [
            keepsSuppression
                ? "Conservamos además un resumen criptográfico con clave de su dirección, con un único fin: que ninguna lista "
                    + "antigua que se importe más adelante le incluya de nuevo. No dice nada más de usted y termina cuando usted "
                    + "mismo vuelva a aceptar mensajes. Lo conservamos sin plazo, para su protección; puede pedirnos que lo "
                    + "eliminemos también."
                : "Como deseaba, no se conserva ni siquiera una marca contra listas antiguas. Si se importa una con su dirección, "
                    + "podría ser incluido de nuevo; díganoslo y lo suprimiremos otra vez.",
            "Las copias de seguridad no pueden abrirse una vez destruidas las copias de las claves anteriores a hoy.",
            "La supresión está registrada (registro \(records)). "
                + (proofs.isEmpty
                    ? "Pídanos la prueba de que consta en el diario"
                    : "La prueba de que consta en el diario: \(proofs)")
                + ". Puede comprobarse con programas ajenos a nosotros (C2SP tlog-proof).",
            "Puede presentar una reclamación ante su autoridad de protección de datos.",
        ]
    }

    private static func list(_ records: [UInt64]) -> String { records.map { "\($0)" }.joined(separator: ", ") }

    /// Of files that lie beside the letter, the names alone.
    private static func names(_ proofs: [String]) -> String {
        proofs.map { String($0.split(separator: "/").last ?? "") }.joined(separator: ", ")
    }
}
