import { loadConfigOrExit } from '@portolan/config';
import { ProductsServiceService } from '@portolan/contracts/products';
import { implement } from '@portolan/rpc';
import { runService } from '@portolan/service';
import { CATALOGUE_SEED, createCatalogue } from './catalogue.ts';
import { demoProductsConfig } from './config.ts';
import { createProductsService } from './products-service.ts';

await runService('demo-products', loadConfigOrExit(demoProductsConfig, process), () => [
  implement(ProductsServiceService, createProductsService(createCatalogue(CATALOGUE_SEED))),
]);
