// `BearwardModule`: imported once, it protects every route of an application.

import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  type OnModuleInit,
  Optional,
  type Provider,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, ModulesContainer } from '@nestjs/core';
import { checkNames } from '../misspelling';
import { checkApplication, checkInstances, type Module as ApplicationModule } from './application';
import { givenOptions } from '../options/unset';
import { BearwardGuard } from './guard';
import { type BearwardOptions, Protections } from './protections';

/** Makes the options, for `forRootAsync({ useClass })`. */
export interface BearwardOptionsFactory {
  createBearwardOptions(): BearwardOptions | Promise<BearwardOptions>;
}

/** One of `useFactory`, `useClass` and `useExisting`. */
export interface BearwardAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  // biome-ignore lint/suspicious/noExplicitAny: what is injected
  useFactory?: (...injected: any[]) => BearwardOptions | Promise<BearwardOptions>;
  inject?: FactoryProvider['inject'];
  useClass?: Type<BearwardOptionsFactory>;
  useExisting?: Type<BearwardOptionsFactory> | string | symbol;
}

const OPTIONS = Symbol('BearwardOptions');

export class BearwardModule implements OnModuleInit {
  readonly #modules: ReadonlyMap<string, ApplicationModule>;

  constructor(protections: Protections | undefined, modules: ReadonlyMap<string, ApplicationModule>) {
    if (protections === undefined) {
      throw new TypeError(
        'import BearwardModule.forRoot(options), and not BearwardModule: without options, it protects nothing',
      );
    }
    const roots = [...modules.values()].filter(({ providers }) => providers.has(OPTIONS));
    if (roots.length > 1) {
      throw new TypeError(
        'BearwardModule.forRoot() was called more than once: import it in one module, it protects all of them',
      );
    }
    this.#modules = modules;
    checkApplication(modules.values(), protections);
  }

  onModuleInit(): void {
    checkInstances([...this.#modules.values()]);
  }

  /** Protects every route, by the options of `protect()`. Throws at the start of the application when one cannot work. */
  static forRoot(options?: BearwardOptions): DynamicModule;
  static forRoot(...given: [BearwardOptions?]): DynamicModule {
    return moduleOf({ provide: OPTIONS, useValue: givenOptions('BearwardModule.forRoot()', given) });
  }

  /** The same with options that other providers are needed for. */
  static forRootAsync(options: BearwardAsyncOptions): DynamicModule;
  static forRootAsync(...given: [BearwardAsyncOptions]): DynamicModule {
    const options = givenOptions('BearwardModule.forRootAsync()', given);
    checkNames('BearwardModule.forRootAsync()', options, [
      'imports',
      'useFactory',
      'inject',
      'useClass',
      'useExisting',
    ]);
    return { ...moduleOf(...providersOf(options)), imports: options.imports ?? [] };
  }
}

Module({})(BearwardModule);
Optional()(BearwardModule, undefined as never, 0);
Inject(Protections)(BearwardModule, undefined, 0);
Inject(ModulesContainer)(BearwardModule, undefined, 1);

function moduleOf(...options: Provider[]): DynamicModule {
  return {
    module: BearwardModule,
    global: true,
    providers: [
      ...options,
      { provide: Protections, useFactory: protectionsOf, inject: [OPTIONS] },
      BearwardGuard,
      { provide: APP_GUARD, useExisting: BearwardGuard },
    ],
    exports: [BearwardGuard, Protections],
  };
}

function protectionsOf(options: BearwardOptions | null | undefined): Protections {
  // Without options, the environment would configure the API.
  if (options === undefined || options === null) throw new TypeError('BearwardModule got no options from its factory');
  return new Protections(options);
}

function providersOf({ useFactory, inject = [], useClass, useExisting }: BearwardAsyncOptions): Provider[] {
  const given = [useFactory, useClass, useExisting].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new TypeError('BearwardModule.forRootAsync() needs one of useFactory, useClass and useExisting');
  }
  if (useFactory !== undefined) return [{ provide: OPTIONS, useFactory, inject }];
  const factory = useClass ?? (useExisting as Type<BearwardOptionsFactory>);
  const options: Provider = {
    provide: OPTIONS,
    useFactory: (made: BearwardOptionsFactory) => made.createBearwardOptions(),
    inject: [factory],
  };
  return useClass === undefined ? [options] : [options, useClass];
}
