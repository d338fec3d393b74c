USE typesdb;
SET SESSION sql_mode = '', time_zone = '+00:00', NAMES utf8mb4;

-- The snapshot has read the rows through SQL. The same values once more, now through the binlog.
INSERT INTO integers (id, t, tu, t1, bo, s, su, m, mu, i, iu, z, b, bu, y, bit1, bit8, bit10, bit64)
  SELECT id + 100, t, tu, t1, bo, s, su, m, mu, i, iu, z, b, bu, y, bit1, bit8, bit10, bit64 FROM integers;
INSERT INTO serials (word) SELECT word FROM serials;
INSERT INTO numbers SELECT id + 100, f, f24, f53, fmd, fu, d, r, dmd, n, n82, n55, n380, n3810 FROM numbers;
INSERT INTO texts SELECT id + 100, c, v, n, nv, latin, u16, tt, tx, mt, lt, e, st FROM texts;
INSERT INTO binaries SELECT id + 100, b, vb, tb, bl, mb, lb FROM binaries;
INSERT INTO documents SELECT id + 100, j FROM documents;
INSERT INTO temporals SELECT id + 100, d, t0, t3, t6, dt0, dt3, dt6, ts0, ts3, ts6 FROM temporals;
INSERT INTO zero_dates SELECT id + 100, d, dt, ts, must_d, must_dt, must_ts FROM zero_dates;
INSERT INTO defaults SELECT id + 100, i, s, n, d, b, plain FROM defaults;
INSERT INTO shapes SELECT id + 100, p, pn, g, l, po, mp, ml, mpo, gc FROM shapes;
INSERT INTO vectors (id /*!90000 , v */) SELECT id + 100 /*!90000 , v */ FROM vectors;

-- Part of a document: the binlog may carry the changed path only (binlog_row_value_options), the event must have it all.
UPDATE documents SET j = JSON_SET(j, '$.b', 2) WHERE id = 7;
