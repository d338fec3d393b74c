CREATE DATABASE IF NOT EXISTS shop;
CREATE DATABASE IF NOT EXISTS shop_stock;
USE shop;

CREATE TABLE customers (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(255) NOT NULL UNIQUE,
  name VARCHAR(100),
  joined TIMESTAMP(3) NOT NULL
);
CREATE TABLE orders (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id BIGINT NOT NULL,
  state ENUM('new', 'paid', 'sent', 'back') NOT NULL,
  total DECIMAL(12, 2) NOT NULL,
  CONSTRAINT of_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
);
CREATE TABLE order_lines (
  order_id BIGINT NOT NULL,
  line SMALLINT UNSIGNED NOT NULL,
  sku CHAR(8) NOT NULL,
  pieces INT UNSIGNED NOT NULL,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE shop_stock.items (sku CHAR(8) NOT NULL PRIMARY KEY, left_over INT NOT NULL, note TEXT);

INSERT INTO customers VALUES
  (1, 'ada@example.org', 'Ada', '2024-03-01 10:00:00.250'),
  (2, 'grace@example.org', 'Grace', '2024-03-01 11:00:00.500');
INSERT INTO orders VALUES (1, 1, 'new', 19.90), (2, 2, 'paid', 250.00);
INSERT INTO order_lines VALUES (1, 1, 'PEN-0001', 10), (1, 2, 'INK-0001', 1), (2, 1, 'DESK-001', 1);
INSERT INTO shop_stock.items VALUES ('PEN-0001', 90, NULL), ('INK-0001', 9, 'blue'), ('DESK-001', 0, 'by order');
