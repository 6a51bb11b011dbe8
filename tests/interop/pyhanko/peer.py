"""pyHanko behind jobs: one a line, name and tab-separated name=value; answers ok or refused."""

import logging
import sys
from importlib.metadata import version

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext
from pyhanko.keys import load_cert_from_pemder, load_certs_from_pemder

# What is refused is answered; a trace beside it would only be read as a fault.
logging.disable(logging.CRITICAL)


def verify(job):
    """Every signature of a file: all have to be intact, valid and trusted."""
    context = ValidationContext(
        trust_roots=[load_cert_from_pemder(job["root"])], allow_fetching=False
    )
    facts = {"signatures": 0}
    with open(job["in"], "rb") as file:
        reader = PdfFileReader(file, strict=True)
        facts["pages"] = reader.root["/Pages"]["/Count"]
        for number, signature in enumerate(reader.embedded_signatures, 1):
            is_stamp = signature.sig_object_type == "/DocTimeStamp"
            check = validate_pdf_timestamp if is_stamp else validate_pdf_signature
            status = check(signature, context)
            facts["signatures"] = number
            facts[f"intact{number}"] = status.intact
            facts[f"valid{number}"] = status.valid
            facts[f"trusted{number}"] = status.trusted
            facts[f"coverage{number}"] = status.coverage.name
            level = status.modification_level
            facts[f"changed{number}"] = level.name if level is not None else "none"
            facts[f"stamped{number}"] = getattr(status, "timestamp_validity", None) is not None
            good = status.intact and status.valid and status.trusted
            if not (good if is_stamp else status.bottom_line):
                raise ValueError(f"signature {number}: {status.summary()}")
    return facts


def sign(job):
    """Signs a file under a field name; visible where a box is given."""
    signer = signers.SimpleSigner.load(
        job["key"], job["certificate"], ca_chain_files=(job["chain"],)
    )
    box = job.get("box")
    name = job.get("field", "Theirs")
    filters = {"cades": SigSeedSubFilter.PADES, "pkcs7": SigSeedSubFilter.ADOBE_PKCS7_DETACHED}
    meta = signers.PdfSignatureMetadata(
        field_name=name, md_algorithm="sha256", subfilter=filters[job.get("filter", "pkcs7")]
    )
    spec = SigFieldSpec(name, box=tuple(map(int, box.split(",")))) if box else None
    with open(job["in"], "rb") as source, open(job["out"], "wb") as out:
        writer = IncrementalPdfFileWriter(source)
        signers.PdfSigner(meta, signer=signer, new_field_spec=spec).sign_pdf(writer, output=out)
    return {}


def field(job):
    """Adds an empty signature field."""
    with open(job["in"], "rb") as source, open(job["out"], "wb") as out:
        writer = IncrementalPdfFileWriter(source)
        fields.append_signature_field(writer, SigFieldSpec(job["field"], box=(72, 400, 272, 450)))
        writer.write(out)
    return {}


def tell_version(_job):
    return {"version": version("pyHanko")}


JOBS = {"field": field, "sign": sign, "verify": verify, "version": tell_version}


def answer(words):
    job = dict(word.split("=", 1) for word in words[1:])
    try:
        facts = JOBS[words[0]](job)
        return "\t".join(["ok", *(f"{name}={value}" for name, value in facts.items())])
    except Exception as error:  # the library's own words are the answer
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return f"refused\t{text}"


def main():
    if len(sys.argv) > 1:
        print(answer(sys.argv[1:]))
        return
    for line in sys.stdin:
        print(answer(line.rstrip("\r\n").split("\t")), flush=True)


main()
