// A connector and a schema from creation to deletion by the AWS SDK for JavaScript, which finds the emulator and its
// credentials in the environment. Reads {name, bucket, key, brokers} from the standard input; an assertion that fails
// ends it with a trace.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import * as connectSdk from "@aws-sdk/client-kafkaconnect";
import * as glueSdk from "@aws-sdk/client-glue";

const { name, bucket, key, brokers } = JSON.parse(readFileSync(0, "utf8"));
const connect = new connectSdk.KafkaConnect({});
const glue = new glueSdk.Glue({});
const logGroup = `/${name}`;

async function until(ask, isThere) {
  for (let looks = 0; looks < 1200; looks++) {
    const found = await ask();
    if (isThere(found)) return found;
    await pause(100);
  }
  assert.fail("it did not come");
}

async function gone(ask) {
  const error = await until(() => ask().then(() => null, (each) => each), (each) => each !== null);
  assert.ok(error instanceof connectSdk.NotFoundException, error);
  assert.equal(error.$metadata.httpStatusCode, 404);
}

async function collected(pages, items) {
  const found = [];
  for await (const page of pages) found.push(...page[items]);
  return found;
}

const operation = ({ connectorOperationArn }) =>
  until(() => connect.describeConnectorOperation({ connectorOperationArn }), (found) => found.endTime !== undefined);

async function connector() {
  const made = await connect.createCustomPlugin({
    name,
    contentType: "ZIP",
    location: { s3Location: { bucketArn: `arn:aws:s3:::${bucket}`, fileKey: key } },
  });
  const { customPluginArn } = made;
  const plugin = await until(
    () => connect.describeCustomPlugin({ customPluginArn }),
    (found) => found.customPluginState !== "CREATING",
  );
  assert.equal(plugin.customPluginState, "ACTIVE");
  assert.ok(plugin.creationTime instanceof Date);
  const converter = "org.apache.kafka.connect.storage.StringConverter";
  const content = `key.converter=${converter}\nvalue.converter=${converter}\n`;
  const { workerConfigurationArn } = await connect.createWorkerConfiguration({
    name,
    propertiesFileContent: Buffer.from(content).toString("base64"),
  });
  const configuration = {
    "connector.class": "org.apache.iceberg.connect.IcebergSinkConnector",
    "tasks.max": "1",
    topics: `${name}-topic`,
    "iceberg.tables": "a.b",
    "iceberg.control.topic": `${name}-control`,
    "iceberg.catalog.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    "iceberg.catalog.warehouse": `s3://${bucket}/w`,
    "iceberg.catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "iceberg.kafka.bootstrap.servers": brokers,
  };
  const request = {
    connectorName: name,
    connectorConfiguration: configuration,
    capacity: { provisionedCapacity: { mcuCount: 1, workerCount: 1 } },
    kafkaCluster: { apacheKafkaCluster: { bootstrapServers: brokers, vpc: { subnets: ["subnet-1"] } } },
    kafkaClusterClientAuthentication: { authenticationType: "NONE" },
    kafkaClusterEncryptionInTransit: { encryptionType: "PLAINTEXT" },
    kafkaConnectVersion: "3.7.x",
    plugins: [{ customPlugin: { customPluginArn, revision: 1 } }],
    workerConfiguration: { workerConfigurationArn, revision: 1 },
    serviceExecutionRoleArn: "arn:aws:iam::123456789012:role/connect",
    logDelivery: { workerLogDelivery: { cloudWatchLogs: { enabled: true, logGroup } } },
    tags: { team: "data" },
  };
  const { connectorArn } = await connect.createConnector(request);
  await assert.rejects(connect.createConnector(request), connectSdk.ConflictException);
  const describe = () => connect.describeConnector({ connectorArn });
  const running = await until(describe, (found) => found.connectorState !== "CREATING");
  assert.equal(running.connectorState, "RUNNING");

  // In place, then in another worker, then while it is paused.
  const update = async (changes) =>
    operation(
      await connect.updateConnector({ connectorArn, currentVersion: (await describe()).currentVersion, ...changes }),
    );
  const tuned = { ...configuration, "iceberg.control.commit.interval-ms": "5000" };
  const updated = await update({ connectorConfiguration: tuned });
  assert.equal(updated.connectorOperationState, "UPDATE_COMPLETE");
  assert.deepEqual(updated.originConnectorConfiguration, configuration);
  assert.deepEqual((await describe()).connectorConfiguration, tuned);
  const moved = await update({ useDefaultWorkerConfiguration: true });
  assert.equal(moved.connectorOperationState, "UPDATE_COMPLETE");
  assert.equal((await describe()).workerConfiguration, undefined);
  await operation(await connect.pauseConnector({ connectorArn }));
  assert.equal((await describe()).connectorState, "PAUSED");
  await assert.rejects(connect.pauseConnector({ connectorArn }), connectSdk.ConflictException);
  await assert.rejects(update({ connectorConfiguration: configuration }), connectSdk.BadRequestException);
  const skipped = await update({ connectorConfiguration: configuration, skipHealthValidation: true });
  assert.equal(skipped.connectorOperationState, "UPDATE_COMPLETE");
  await operation(await connect.resumeConnector({ connectorArn }));
  assert.equal((await describe()).connectorState, "RUNNING");
  const restarted = await operation(await connect.restartConnector({ connectorArn, onlyFailedTasks: false }));
  assert.equal(restarted.connectorOperationState, "RESTART_COMPLETE");

  const pages = connectSdk.paginateListConnectorOperations({ client: connect, pageSize: 2 }, { connectorArn });
  const types = (await collected(pages, "connectorOperations")).map((each) => each.connectorOperationType);
  assert.deepEqual(types, [
    "RESTART_CONNECTOR",
    "RESUME_CONNECTOR",
    "UPDATE_CONNECTOR_CONFIGURATION",
    "PAUSE_CONNECTOR",
    "UPDATE_WORKER_SETTING",
    "UPDATE_CONNECTOR_CONFIGURATION",
  ]);

  await connect.tagResource({ resourceArn: connectorArn, tags: { "stage/1": "a b" } });
  await connect.untagResource({ resourceArn: connectorArn, tagKeys: ["team", "unknown"] });
  assert.deepEqual((await connect.listTagsForResource({ resourceArn: connectorArn })).tags, { "stage/1": "a b" });

  // The SDK retries what is throttled.
  const fault = { kind: "throttle", service: "kafkaconnect", operation: "ListConnectors", count: 2 };
  const faults = `${process.env.AWS_ENDPOINT_URL}/_cdcctl/faults`;
  await fetch(faults, { method: "POST", body: JSON.stringify(fault) });
  const listed = await collected(connectSdk.paginateListConnectors({ client: connect }, {}), "connectors");
  assert.deepEqual(listed.map((each) => each.connectorArn), [connectorArn]);
  assert.equal((await (await fetch(faults)).json()).faults[0].struck, 2);

  await connect.deleteConnector({ connectorArn });
  await gone(describe);
  await connect.deleteCustomPlugin({ customPluginArn });
  await gone(() => connect.describeCustomPlugin({ customPluginArn }));
  await connect.deleteWorkerConfiguration({ workerConfigurationArn });
  await gone(() => connect.describeWorkerConfiguration({ workerConfigurationArn }));
}

async function schema() {
  const record = (type) => JSON.stringify({ type: "record", name: "R", fields: [{ name: "a", type }] });
  const SchemaId = { RegistryName: name, SchemaName: "s" };
  const register = async (type) => glue.registerSchemaVersion({ SchemaId, SchemaDefinition: record(type) });
  await glue.createRegistry({ RegistryName: name });
  await assert.rejects(glue.createRegistry({ RegistryName: name }), glueSdk.AlreadyExistsException);
  const created = await glue.createSchema({
    RegistryId: { RegistryName: name },
    SchemaName: "s",
    DataFormat: "AVRO",
    Compatibility: "BACKWARD",
    SchemaDefinition: record("int"),
  });
  assert.equal(created.SchemaVersionStatus, "AVAILABLE");
  const wider = await register("long");
  assert.equal(wider.Status, "AVAILABLE");
  assert.equal((await register("string")).Status, "FAILURE");
  const pages = glueSdk.paginateListSchemaVersions({ client: glue, pageSize: 2 }, { SchemaId });
  assert.deepEqual((await collected(pages, "Schemas")).map((each) => each.VersionNumber), [1, 2, 3]);
  const found = await glue.getSchemaByDefinition({ SchemaId, SchemaDefinition: record("long") });
  assert.equal(found.SchemaVersionId, wider.SchemaVersionId);
  const { Diff } = await glue.getSchemaVersionsDiff({
    SchemaId,
    FirstSchemaVersionNumber: { VersionNumber: 1 },
    SecondSchemaVersionNumber: { VersionNumber: 2 },
    SchemaDiffType: "SYNTAX_DIFF",
  });
  assert.equal(JSON.parse(Diff)[0].value, "long");
  assert.equal((await glue.deleteRegistry({ RegistryId: { RegistryName: name } })).Status, "DELETING");
  const error = await until(
    () => glue.getSchema({ SchemaId }).then(() => null, (each) => each),
    (each) => each !== null,
  );
  assert.ok(error instanceof glueSdk.EntityNotFoundException, error);
}

await schema();
await connector();
console.log(JSON.stringify({ connector: "deleted", schema: "deleted" }));
