/* SPDX-License-Identifier: AGPL-3.0-or-later
 * demo_words.c - names and sentences, written for this project; nobody is meant. */
#include "demo_words.h"

#include <string.h>

struct culture {
    const char *language;
    const char *given[16], *family[16];
};
static const struct culture cultures[] = {
    {"es",
     {"Marta", "Jon", "Elena", "Luis", "Nadia", "Pau", "Lucía", "Íñigo", "Carmen", "Andrés",
      "Sofía", "Mateo", "Aitana", "Rubén", "Pilar", "Gonzalo"},
     {"Sanz", "Arrieta", "Vidal", "Ferrer Núñez", "Belmonte", "Ribes", "Ocaña", "Garmendia", "Peña",
      "Cifuentes", "Lozano", "Marín Gil", "Torrent", "Bosch", "Herrero", "Aguirre"}},
    {"en",
     {"Alice", "Tom", "Hannah", "Oliver", "Grace", "Callum", "Ruth", "Niamh", "Edward", "Isla",
      "Samuel", "Freya", "Owen", "Beth", "Rory", "Maeve"},
     {"Harper", "O'Neill", "Whitfield", "Byrne", "Clarke", "MacLeod", "Ashworth", "Pryce", "Kettle",
      "Doyle", "Fenwick", "Marlow", "Hale", "Quigley", "Thorne", "Bellamy"}},
    {"en",
     {"Omar", "Leila", "Yusuf", "Amina", "Karim", "Salma", "Idris", "Noor", "Tariq", "Hiba",
      "Rachid", "Zahra", "Bilal", "Samira", "Anas", "Meryem"},
     {"Benali", "El Idrissi", "Haddad", "Chakir", "Mansouri", "Saidi", "Bouzid", "Rahmani", "Tazi",
      "Alaoui", "Berrada", "Kaddour", "Ziani", "Othmani", "Naciri", "Fassi"}},
    {"en",
     {"Mei", "Haruto", "Jun", "Ling", "Hana", "Kenji", "Xiu", "Wei", "Yuna", "Min-jun", "Aiko",
      "Bao", "Thuy", "Minh", "Soo-ah", "Ren"},
     {"Tanaka", "Chen", "Kim", "Nguyễn", "Watanabe", "Liang", "Park", "Zhao", "Trần", "Mori",
      "Huang", "Choi", "Ito", "Sun", "Phạm", "Okada"}},
    {"es",
     {"Ximena", "Facundo", "Valentina", "Thiago", "Camila", "Emiliano", "Antonella", "Joaquín",
      "Renata", "Bruno", "Abril", "Lautaro", "Daniela", "Iván", "Paola", "Nicolás"},
     {"Quispe", "Ramos Ortiz", "Cárdenas", "Pereyra", "Montoya", "Zapata", "Villalba", "Acosta",
      "Paredes", "Rivas", "Salazar", "Funes", "Duarte", "Medrano", "Huamán", "Olivares"}},
    {"en",
     {"Chidi", "Adaeze", "Kwame", "Zanele", "Thabo", "Amara", "Femi", "Ngozi", "Sipho", "Abena",
      "Kofi", "Wanjiru", "Temitope", "Lindiwe", "Mandla", "Efua"},
     {"Okafor", "Mensah", "Dlamini", "Adeyemi", "Nkosi", "Boateng", "Eze", "Kamau", "Osei",
      "Mokoena", "Balogun", "Achieng", "Owusu", "Ndlovu", "Obi", "Mutua"}},
    {"en",
     {"Katarzyna", "Zoltán", "Ana", "Milan", "Ioana", "Petr", "Oksana", "Dmytro", "Jelena",
      "Andrei", "Zuzana", "Luka", "Agnieszka", "Bohdan", "Irina", "Marek"},
     {"Kowalska", "Nagy", "Petrović", "Novák", "Popescu", "Shevchenko", "Wójcik", "Horváth",
      "Dvořák", "Ionescu", "Bondar", "Jovanović", "Lis", "Kovač", "Marinescu", "Havel"}},
};

struct demo_name demo_name(struct dice *d)
{
    /* Two of three bear names of the place; the rest of everywhere. */
    size_t k = dice_percent(d, 45) ? 0 : (size_t)dice_below(d, (int)N_ELEMS(cultures));
    const struct culture *c = &cultures[k];
    struct demo_name n = {.language = c->language};
    n.given = c->given[dice_below(d, (int)N_ELEMS(c->given))];
    n.family = c->family[dice_below(d, (int)N_ELEMS(c->family))];
    return n;
}

#define PICK(d_, list_) (list_)[dice_below((d_), (int)N_ELEMS(list_))]

const char *demo_profession(struct dice *d)
{
    static const char *const list[] = {
        "teacher",        "nurse",         "carpenter",   "student",    "software developer",
        "cook",           "retired",       "bus driver",  "architect",  "shop assistant",
        "musician",       "civil servant", "electrician", "translator", "farmer",
        "physiotherapist"};
    return PICK(d, list);
}

const char *demo_street(struct dice *d)
{
    static const char *const list[] = {
        "Calle Olmo 12",   "Calle del Prado 4, 2.º B", "Avenida de la Paz 31",
        "Calle Mayor 88",  "Plaza del Mercado 3",      "Calle Lagasca 17, 5.º",
        "Ronda Norte 140", "Calle San Andrés 9",       "Paseo del Río 22, 1.º A"};
    return PICK(d, list);
}

const char *demo_city(struct dice *d)
{
    static const char *const list[] = {"Madrid", "Madrid", "Madrid", "Getafe", "Alcalá de Henares",
                                       "Toledo", "Segovia"};
    return PICK(d, list);
}

/* --- sentences ------------------------------------------------------------------------- */
static const char *const en_data[] = {
    "They slept six hours most nights and woke rested on three of them.",
    "They told the team about the leave; nobody objected, which surprised them.",
    "They brought the diary, with five of seven days filled in.",
    "They described the argument on Sunday in detail and stopped twice to breathe.",
    "They say the mornings are easier and the evenings are still long.",
    "They made the first call of the ladder without leaving the room.",
    "Sadness about the father came up when we spoke of Sundays; they asked to return to it.",
    "They walked to work on four days and noticed less pressure in the chest.",
    "They cancelled the dinner with friends again and felt relief first, then shame.",
    ("They report one episode of panic in the supermarket, of about eight minutes, and stayed in "
     "the shop."),
    ("They spoke about the move and what it would mean to leave the street where everyone knows "
     "them."),
    "They laughed when reading last week's list aloud and said it sounded stricter than a judge.",
    "They have begun to eat breakfast again with the children.",
    "The letter from the insurer came and was left unopened for two days.",
};
static const char *const en_assessment[] = {
    "There is less avoidance at work, and worry now about being found out.",
    "The mood is lifting, with more initiative than last month.",
    "The pattern of withdrawing after closeness shows in the room too.",
    "Grief is present and bearable; there is no sign that it is being pushed away.",
    "They see the link between their rules about perfection and the evening rumination.",
    "Anxiety remains high around the phone and is lower elsewhere.",
    "Asked about risk, they state none; their plans for the week are concrete.",
    "The alliance is steady: disagreement about the pace could be said and was resolved.",
};
static const char *const en_plan[] = {
    "We continue worry postponement and look at the rules about perfection.",
    "We bring the exposure ladder back and choose the next rung together.",
    "We return to the conversation about the father at the start.",
    "I ask about the call to the sister.",
    "We review the sleep diary and decide whether to shift the bedtime.",
    "We read the letter together and write the answer in the session.",
    "We go slower at the beginning and agree on a sign for stopping.",
    "We plan two pleasant activities for the weekend and one visit.",
};
static const char *const en_intervention[] = {
    "I asked Socratic questions about the belief that everyone sees mistakes.",
    "We did two rounds of imaginal exposure; distress went from 70 to 40.",
    "We did chair work with the critical voice, and they ended it with a sentence of their own.",
    "I explained the cycle of rest and activity, and we drew it on paper.",
    "I reflected the silence and stayed with it.",
    "We prepared a behavioural experiment: they ask one question in the meeting.",
};
static const char *const en_response[] = {
    "They were hesitant first, then curious, and took the drawing home.",
    "They were tearful for some minutes and calmer afterwards.",
    "They agreed to try and named what could get in the way.",
    "They found it hard to stay with the image, and did.",
};
static const char *const es_data[] = {
    "Ha dormido seis horas casi todas las noches y tres de ellas descansó bien.",
    "Contó lo de la baja en el equipo; nadie puso pegas, y eso le sorprendió.",
    "Trae el registro con cinco de los siete días completos.",
    "Relata con detalle la discusión del domingo y se detiene dos veces a respirar.",
    "Dice que las mañanas cuestan menos y que las tardes siguen siendo largas.",
    "Hizo la primera llamada de la jerarquía sin salir de la habitación.",
    "Apareció la tristeza por su padre al hablar de los domingos; pide volver a ello.",
    "Fue andando al trabajo cuatro días y notó menos presión en el pecho.",
    "Anuló otra vez la cena con sus amistades; sintió primero alivio y después vergüenza.",
    ("Refiere un episodio de pánico en el supermercado, de unos ocho minutos, y se quedó en la "
     "tienda."),
    "Habla de la mudanza y de lo que supone dejar una calle donde todos se conocen.",
    "Se ríe al leer en voz alta la lista de la semana y dice que suena a juez severo.",
    "Ha vuelto a desayunar con sus hijos.",
    "Llegó la carta de la aseguradora y la dejó dos días sin abrir.",
};
static const char *const es_assessment[] = {
    "Evita menos en el trabajo; ahora le preocupa que «se den cuenta».",
    "El ánimo mejora y hay más iniciativa que el mes pasado.",
    "El patrón de retirarse tras la cercanía aparece también en la sesión.",
    "El duelo está presente y es llevadero; no lo está apartando.",
    "Relaciona bien las reglas de perfección con la rumiación de la noche.",
    "La ansiedad sigue alta con el teléfono y más baja en lo demás.",
    "Al preguntar por el riesgo, lo niega; los planes de la semana son concretos.",
    "La alianza es firme: pudo decir que íbamos deprisa y acordamos otro ritmo.",
};
static const char *const es_plan[] = {
    "Seguimos aplazando la preocupación y miramos las reglas sobre la perfección.",
    "Traemos de nuevo la jerarquía y elegimos el siguiente paso.",
    "Retomamos al empezar la conversación sobre su padre.",
    "Pregunto por la llamada a su hermana.",
    "Revisamos el registro de sueño y decidimos si se mueve la hora de acostarse.",
    "Leemos la carta en la sesión y escribimos la respuesta.",
    "Empezamos más despacio y acordamos una señal para parar.",
    "Planeamos dos actividades agradables para el fin de semana y una visita.",
};
static const char *const es_intervention[] = {
    "Hice preguntas socráticas sobre la idea de que todos ven los errores.",
    "Hicimos dos vueltas de exposición en imaginación; el malestar bajó de 70 a 40.",
    "Trabajamos con la silla y la voz crítica; lo terminó con una frase propia.",
    "Expliqué el ciclo de descanso y actividad, y lo dibujamos en papel.",
    "Reflejé el silencio y permanecí en él.",
};
static const char *const es_response[] = {
    "Al principio mostró reservas, después curiosidad, y se lleva el dibujo.",
    "Lloró unos minutos y quedó con más calma.",
    "Acepta probar y dice qué podría impedirlo.",
    "Le cuesta mantenerse en la imagen y lo consigue.",
};

struct pool {
    const char *keys; /* sections that draw from it */
    const char *const *en, *const *es;
    int n_en, n_es, min, max; /* sentences */
};
#define POOL(keys_, en_, es_, min_, max_)                                                          \
    {                                                                                              \
        keys_, en_, es_, (int)N_ELEMS(en_), (int)N_ELEMS(es_), min_, max_                          \
    }
static const struct pool pools[] = {
    POOL(" d s o b g p text who reason history context ", en_data, es_data, 2, 5),
    POOL(" a e risk ", en_assessment, es_assessment, 1, 3),
    POOL(" plan ", en_plan, es_plan, 1, 2),
    POOL(" i ", en_intervention, es_intervention, 1, 2),
    POOL(" r ", en_response, es_response, 1, 2),
};

static const struct pool *pool_of(const char *key)
{
    for (size_t i = 0; i < N_ELEMS(pools); i++)
        for (const char *p = pools[i].keys; (p = strstr(p, key)) != NULL; p++)
            if (p[-1] == ' ' && p[strlen(key)] == ' ')
                return &pools[i];
    return &pools[0];
}

const char *demo_section(struct arena *a, struct dice *d, bool is_spanish, const char *key)
{
    const struct pool *p = pool_of(key);
    int n = p->min + dice_below(d, p->max - p->min + 1), count = is_spanish ? p->n_es : p->n_en,
        at = dice_below(d, count);
    struct buf b;
    buf_init(&b, a, 4096);
    for (int i = 0; i < n; i++) { /* neighbours differ, so nothing is said twice */
        buf_printf(&b, "%s%s", i > 0 ? " " : "", is_spanish ? p->es[at] : p->en[at]);
        at = (at + 1 + dice_below(d, 2)) % count;
    }
    return b.s;
}

const char *demo_homework(struct dice *d, bool is_spanish)
{
    static const char *const en[] = {"Keep the sleep diary for seven days",
                                     "Write two entries in the thought record",
                                     "Go for a walk on Sunday",
                                     "Make one call of the ladder",
                                     "Do the breathing exercise in the evening",
                                     "Write the letter that is not sent",
                                     "Do two pleasant activities"};
    static const char *const es[] = {"Llevar el registro de sueño siete días",
                                     "Escribir dos entradas en el registro de pensamientos",
                                     "Dar un paseo el domingo",
                                     "Hacer una llamada de la jerarquía",
                                     "Hacer el ejercicio de respiración por la noche",
                                     "Escribir la carta que no se envía",
                                     "Hacer dos actividades agradables"};
    return is_spanish ? PICK(d, es) : PICK(d, en);
}

const char *demo_follow_up(struct dice *d)
{
    static const char *const list[] = {
        "Send the handout on perfection", "Bring the exposure ladder", "Answer the GP's letter",
        "Look up the day hospital's times", "Write the report for the insurer"};
    return PICK(d, list);
}

const char *demo_why(struct dice *d, bool is_spanish)
{
    static const char *const en[] = {"It rained all weekend.", "The evenings were too tiring."};
    static const char *const es[] = {"Llovió todo el fin de semana.", "Le pudo el cansancio."};
    return is_spanish ? PICK(d, es) : PICK(d, en);
}

const char *demo_self_note(struct dice *d, bool is_spanish)
{
    static const char *const en[] = {"Go slower at the start, and ask before the ladder.",
                                     "Do not fill the silence.",
                                     "Mind the anniversary at the end of the month."};
    static const char *const es[] = {"Empezar más despacio y preguntar antes de la jerarquía.",
                                     "No llenar el silencio.",
                                     "Tener presente el aniversario a fin de mes."};
    return is_spanish ? PICK(d, es) : PICK(d, en);
}
