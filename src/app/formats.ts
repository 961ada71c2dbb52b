// `tidemill/formats`: what Kafka Streams keeps in its state directory, read and written, for tools that look into a Java
// application's state or hand it back.
export {
  type CheckpointEntry,
  type LatestVersionRow,
  type PositionMap,
  type SegmentVersion,
  type SegmentVersions,
  decodeLatestVersion,
  decodePosition,
  decodeSegmentVersions,
  encodeLatestVersion,
  encodePosition,
  encodeSegmentVersions,
  formatCheckpoint,
  parseCheckpoint,
} from '../state/index.ts'
