import { cancel, group, intro, select, text } from '@clack/prompts';
import { AlgaError } from '../core/errors/alga-error.js';
import {
  checkPublisher,
  DEFAULT_PUBLISHER,
  nameProblem,
  type ProjectKind,
  TEMPLATES,
} from '../project/create/index.js';

/** What is known of a project that is about to be made. */
export interface KnownAnswers {
  readonly kind: ProjectKind | undefined;
  readonly name: string | undefined;
  readonly template: string | undefined;
  readonly publisher: string | undefined;
}

interface FullAnswers {
  readonly kind: ProjectKind;
  readonly name: string;
  readonly template: string;
  readonly publisher: string;
}

/** Asks in the terminal for what is not known yet; undefined when the user cancels. */
export async function askForProject(known: KnownAnswers): Promise<FullAnswers | undefined> {
  intro('A new Alga extension');
  let cancelled = false;
  const answers = await group(
    {
      template: () => (known.template === undefined ? askTemplate(known.kind) : undefined),
      name: () => (known.name === undefined ? askName() : undefined),
      publisher: () => (known.publisher === undefined ? askPublisher() : undefined),
    },
    {
      onCancel: () => {
        cancelled = true;
        cancel('Nothing was written.');
      },
    },
  );
  if (cancelled) return undefined;
  const template = known.template ?? answers.template ?? 'full';
  const kind = TEMPLATES.find(({ name }) => name === template)?.kind ?? known.kind ?? 'extension';
  return {
    template,
    kind,
    name: known.name ?? answers.name ?? '',
    publisher: known.publisher ?? answers.publisher ?? DEFAULT_PUBLISHER,
  };
}

function askTemplate(kind: ProjectKind | undefined) {
  return select({
    message: 'What is it to be made of?',
    options: TEMPLATES.filter((template) => kind === undefined || template.kind === kind).map(
      ({ name, about }) => ({
        value: name,
        label: name,
        hint: about,
      }),
    ),
  });
}

function askName() {
  return text({
    message: 'Name, as a reverse domain',
    placeholder: 'com.acme.time-report',
    validate: (value) => nameProblem(value ?? ''),
  });
}

function askPublisher() {
  return text({
    message: 'Who publishes it?',
    placeholder: DEFAULT_PUBLISHER,
    defaultValue: DEFAULT_PUBLISHER,
    validate: (value) => publisherProblem(value || DEFAULT_PUBLISHER),
  });
}

function publisherProblem(value: string): string | undefined {
  try {
    checkPublisher(value);
    return undefined;
  } catch (error) {
    if (error instanceof AlgaError) return error.message;
    throw error;
  }
}
