/* SPDX-License-Identifier: AGPL-3.0-or-later
 * columns.c - which column of a table is which field of a client. */
#include "imports_private.h"

#include <ctype.h>
#include <string.h>

/* Headings as programs write them, folded and without signs: Google Contacts, Outlook (also its
 * Spanish and German ones), SimplePractice, Jane, Cliniko, and what people call their columns. */
static const struct {
    const char *key, *heads[26];
} known_heads[] = {
    {"full_name",
     {"full name", "name", "client name", "patient name", "client", "patient", "display name",
      "file as", "nombre completo", "nombre y apellidos", "apellidos y nombre", "cliente",
      "paciente", "nombre del paciente", "nombre del cliente"}},
    {"given_name",
     {"given name", "first name", "firstname", "forename", "legal first name", "client first name",
      "patient first name", "middle name", "additional name", "nombre", "nombre de pila",
      "segundo nombre", "nombre del contacto", "vorname", "weitere vornamen"}},
    {"family_name",
     {"family name", "last name", "lastname", "surname", "legal last name", "client last name",
      "patient last name", "apellido", "apellidos", "primer apellido", "segundo apellido",
      "apellido 1", "apellido 2", "nachname"}},
    {"name_used",
     {"preferred name", "preferred first name", "name used", "nickname", "known as", "goes by",
      "chosen name", "nombre preferido", "nombre elegido", "nombre usado", "nombre social", "apodo",
      "alias"}},
    {"pronouns", {"pronouns", "preferred pronouns", "pronombres", "pronombre"}},
    {"birth_date",
     {"date of birth", "birth date", "birthdate", "birthday", "dob", "born", "fecha de nacimiento",
      "fecha nacimiento", "f nacimiento", "fec nacimiento", "nacimiento", "cumpleanos",
      "geburtstag"}},
    {"gender", {"gender", "gender identity", "sex", "genero", "sexo", "identidad de genero"}},
    {"profession",
     {"occupation", "profession", "job title", "profesion", "ocupacion", "puesto", "cargo"}},
    {"marital_status", {"marital status", "relationship status", "estado civil"}},
    {"phone",
     {"mobile phone",
      "mobile",
      "mobile number",
      "cell phone",
      "cell",
      "phone",
      "phone number",
      "primary phone",
      "telephone",
      "home phone",
      "phone 1 value",
      "phone 2 value",
      "primary contact",
      "contact number",
      "telefono movil",
      "movil",
      "telefono",
      "telefono 1",
      "celular",
      "tel",
      "particular movil",
      "mobiltelefon",
      "telefon privat",
      "home number",
      "work phone"}},
    {"email",
     {"email", "e mail", "email address", "e mail address", "primary email", "e mail 1 value",
      "email 1", "mail", "correo", "correo electronico", "direccion de correo electronico",
      "e mail adresse"}},
    {"street",
     {"address", "street", "street address", "address 1", "address 2", "address line 1",
      "address line 2", "address 1 street", "home street", "direccion", "calle", "domicilio",
      "calle particular", "direccion postal", "strasse privat"}},
    {"postal_code",
     {"zip", "zip code", "postal code", "postcode", "post code", "address 1 postal code",
      "home postal code", "codigo postal", "c p", "cp", "codigo postal particular",
      "postleitzahl privat"}},
    {"city",
     {"city", "town", "city town", "address 1 city", "home city", "ciudad", "localidad",
      "poblacion", "municipio", "ciudad de residencia", "ort privat"}},
    {"country",
     {"country", "address 1 country", "home country region", "home country", "pais",
      "pais o region particular", "land region privat"}},
    {"id_number",
     {"id number", "national id", "personal id", "dni", "nif", "nie", "dni nie", "nif nie",
      "dni nif", "documento", "documento de identidad", "passport"}},
    {"languages", {"language", "languages", "preferred language", "idioma", "idiomas", "lengua"}},
    {"nationality", {"nationality", "nacionalidad"}},
    {"insurer",
     {"insurer", "insurance", "insurance company", "insurance provider", "primary insurance",
      "payer", "aseguradora", "compania", "mutua", "seguro"}},
    {"policy_number",
     {"policy number", "policy", "member id", "insurance id", "insurance number",
      "numero de poliza", "n poliza", "poliza"}},
    {"emergency_name",
     {"emergency contact", "emergency contact name", "contacto de emergencia",
      "persona de contacto"}},
    {"emergency_phone",
     {"emergency contact phone", "emergency phone", "emergency contact number",
      "telefono de emergencia", "telefono de contacto de emergencia"}},
    {"emergency_relation",
     {"emergency contact relationship", "emergency relationship", "parentesco"}},
    {"gp",
     {"gp", "general practitioner", "family doctor", "primary care physician",
      "primary care provider", "doctor name", "medico", "medico de cabecera"}},
    {"referral_source",
     {"referral source", "referred by", "referring source", "referral", "derivado por",
      "remitido por", "procedencia", "how did you hear about us"}},
    {"guardian_name",
     {"guardian", "guardian name", "parent", "parent guardian", "tutor", "tutor legal",
      "padre madre o tutor"}},
    {"guardian_phone", {"guardian phone", "parent phone", "telefono del tutor"}},
    {"tags",
     {"tags", "labels", "group membership", "categories", "etiquetas", "grupos", "categorias",
      "kategorien"}},
    {"remark",
     {"notes", "note", "comments", "remarks", "notas", "observaciones", "comentarios", "nota",
      "notizen"}},
};

/* Headings that only one program writes. */
static const struct {
    const char *program, *heads[3];
} programs[] = {
    {"SimplePractice", {"primary clinician", "client status"}},
    {"SimplePractice", {"primary clinician", "billing type"}},
    {"Jane", {"patient guid"}},
    {"Jane", {"patient number", "preferred name"}},
    {"Cliniko", {"concession type", "date of birth"}},
    {"Cliniko", {"medicare reference number"}},
    {"Google Contacts", {"e mail 1 value", "labels"}},
    {"Google Contacts", {"phone 1 value", "group membership"}},
    {"Outlook", {"e mail address", "business street"}},
    {"Outlook", {"direccion de correo electronico", "calle particular"}},
    {"Outlook", {"e mail adresse", "anrede"}},
};

/* --- where a column may go -------------------------------------------------------------- */

static bool may_hold(const struct field *f)
{
    return f->kind == FIELD_TEXT || f->kind == FIELD_NOTE || f->kind == FIELD_DATE;
}

int import_targets(struct choice ret[static IMPORT_MAX_TARGETS])
{
    int n = 0;
    ret[n++] = (struct choice){"full_name", N_("Whole name, to be divided")};
    for (int i = 0; i < client_type.n_fields && n < IMPORT_MAX_TARGETS; i++)
        if (may_hold(&client_type.fields[i]))
            ret[n++] = (struct choice){client_type.fields[i].key, client_type.fields[i].label};
    return n;
}

bool import_is_target(const char *key)
{
    struct choice targets[IMPORT_MAX_TARGETS];
    int n = import_targets(targets);
    for (int i = 0; i < n; i++)
        if (strcmp(targets[i].key, key) == 0)
            return true;
    return false;
}

/* --- by heading -------------------------------------------------------------------------- */

/* Folded, signs as blanks: "E-mail 1 - Value" is "e mail 1 value". */
static const char *plain(struct cx *cx, const char *head)
{
    char *s = arena_strdup(cx->arena, text_fold(cx->arena, head)), *to = s;
    for (const char *p = s; *p != '\0'; p++) {
        bool is_sign = (unsigned char)*p < 0x80 && !isalnum((unsigned char)*p);
        if (!is_sign)
            *to++ = *p;
        else if (to > s && to[-1] != ' ')
            *to++ = ' ';
    }
    while (to > s && to[-1] == ' ')
        to--;
    *to = '\0';
    return s;
}

static const char *by_field(struct cx *cx, const char *head)
{
    for (int i = 0; i < client_type.n_fields; i++) {
        const struct field *f = &client_type.fields[i];
        if (may_hold(f) &&
            (strcmp(head, plain(cx, f->key)) == 0 || strcmp(head, plain(cx, f->label)) == 0 ||
             strcmp(head, plain(cx, trc(cx, f->label))) == 0))
            return f->key;
    }
    return NULL;
}

static const char *key_of(struct cx *cx, const char *head)
{
    for (size_t i = 0; i < N_ELEMS(known_heads); i++)
        for (size_t k = 0; k < N_ELEMS(known_heads[i].heads) && known_heads[i].heads[k]; k++)
            if (strcmp(head, known_heads[i].heads[k]) == 0)
                return known_heads[i].key;
    const char *key = by_field(cx, head);
    return or_empty(key);
}

static bool has_key(const struct import_column *columns, int n, const char *key)
{
    for (int i = 0; i < n; i++)
        if (strcmp(columns[i].key, key) == 0)
            return true;
    return false;
}

static void rename_key(struct import_column *columns, int n, const char *from, const char *to)
{
    for (int i = 0; i < n; i++)
        if (strcmp(columns[i].key, from) == 0)
            columns[i].key = to;
}

void columns_guess(struct cx *cx, struct import_column *columns, int n)
{
    for (int i = 0; i < n; i++) {
        columns[i].key = key_of(cx, plain(cx, columns[i].head));
        columns[i].is_guess = true;
    }
    bool has_given = has_key(columns, n, "given_name"),
         has_family = has_key(columns, n, "family_name");
    if (has_given && has_family)
        rename_key(columns, n, "full_name", ""); /* said already */
    else if (has_given && !has_key(columns, n, "full_name"))
        rename_key(columns, n, "given_name", "full_name"); /* "Nombre" alone is all of it */
}

const char *columns_program(struct cx *cx, const struct import_column *columns, int n)
{
    for (size_t i = 0; i < N_ELEMS(programs); i++) {
        size_t n_wanted = 0, n_found = 0;
        for (; n_wanted < N_ELEMS(programs[i].heads) && programs[i].heads[n_wanted]; n_wanted++)
            for (int k = 0; k < n; k++)
                if (strcmp(plain(cx, columns[k].head), programs[i].heads[n_wanted]) == 0) {
                    n_found++;
                    break;
                }
        if (n_found == n_wanted)
            return programs[i].program;
    }
    return NULL;
}

void columns_from(struct cx *cx, const char *mapping, struct import_column *columns, int n)
{
    for (int i = 0; i < n; i++) {
        size_t len = strcspn(mapping, ",");
        columns[i].key = arena_strndup(cx->arena, mapping, len);
        mapping += len + (mapping[len] == ',');
    }
}
